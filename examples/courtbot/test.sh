#!/bin/sh
# Runs all tests against a PostgreSQL of their own, in a container that is gone afterwards.
set -eu
cd "$(dirname "$0")"

docker=${DOCKER:-docker}
image=postgres:17-trixie
container=

fail() {
  printf 'test.sh: %s\n' "$*" >&2
  exit 1
}

trap '[ -z "$container" ] || "$docker" rm --force --volumes "$container" >/dev/null' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

command -v node >/dev/null || fail 'Node.js is not installed; version 20 or newer is needed, the image has 24'
[ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ] ||
  fail "Node.js $(node -v) is too old; version 20 or newer is needed"
"$docker" version >/dev/null 2>&1 ||
  fail "no container engine answers to '$docker version'. Start Docker, or set DOCKER"

# npm notes in node_modules what it installed.
if [ -z "$(find node_modules/.package-lock.json -newer package-lock.json 2>/dev/null)" ]; then
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
fi

# The data is in memory: the tests make and drop a dozen databases.
container=$("$docker" run --detach --label org.civic.test=courtbot --publish 127.0.0.1::5432 \
  --tmpfs /var/lib/postgresql/data --env POSTGRES_USER=courtbot --env POSTGRES_PASSWORD=courtbot "$image") ||
  fail "a container of $image did not start"
"$docker" cp civic "$container:/" >/dev/null

tries=0
until "$docker" exec "$container" pg_isready -q -h 127.0.0.1 -U courtbot; do
  tries=$((tries + 1))
  if [ $tries -gt 120 ]; then
    "$docker" logs --tail 20 "$container" >&2
    fail 'PostgreSQL was not ready within a minute'
  fi
  sleep 0.5
done

port=$("$docker" port "$container" 5432/tcp | sed -n '1s/.*://p')
export COURTBOT_TEST_CONTAINER="$container" DATABASE_TEST_URL="postgres://courtbot:courtbot@127.0.0.1:$port/courtbot"
status=0
node --test --test-timeout=120000 --test-reporter=spec test/*.test.js || status=$?
exit $status
