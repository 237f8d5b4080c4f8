#!/usr/bin/env bash
# Makes sure that the base images are on the engine: what is there is used, else it is pulled. Only where no
# registry can be reached, a stand-in under the same name is made from Debian's packages (.ci/stand-ins).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=.ci/say.sh
. "$here/say.sh"

# Name of the image, folder of its stand-in. The first is the base of the others.
images=(
  'debian:trixie-slim debian'
  'node:24-trixie-slim node'
  'postgres:17-trixie postgres'
  'restic/restic:0.18.0 restic'
)
# Others, beside their base: images.sh 'REF FOLDER'...
[ $# -eq 0 ] || images=("${images[0]}" "$@")
probe_seconds=25
pull_seconds=1800
registry=unknown

work=$(mktemp -d)
built=
# Builds leave their first stage without a name; its label keeps everything else out of this.
clean_up() {
  rm -rf "$work"
  [ -z "$built" ] || docker image prune --force --filter label=org.civic.stand-in.stage >/dev/null 2>&1 || true
}
trap clean_up EXIT

label() { docker image inspect --format "{{ index .Config.Labels \"org.civic.stand-in$2\" }}" "$1" 2>/dev/null; }

# Every authority that this machine trusts: a filter with one of its own is often only known by a variable.
authorities() {
  local file
  [ -e "$work/authorities" ] ||
    for file in /etc/ssl/certs/ca-certificates.crt "${SSL_CERT_FILE-}" "${NODE_EXTRA_CA_CERTS-}" "${CURL_CA_BUNDLE-}" \
      "${REQUESTS_CA_BUNDLE-}"; do
      [ ! -f "$file" ] || cat "$file"
    done >"$work/authorities"
  echo "$work/authorities"
}

# What a stand-in is made of: its files, and the authorities.
recipe() { cat "$here/stand-ins/debian/"* "$here/stand-ins/$1/"* "$(authorities)" | sha256sum | cut -c1-16; }

# An official image, or a stand-in of today's recipe.
usable() {
  local ref=$1 folder=$2 stand_in
  stand_in=$(label "$ref" '') || return 1
  [ "$stand_in" != true ] || [ "$(label "$ref" .recipe)" = "$(recipe "$folder")" ]
}

# True once the registry has described the image: the engine then prints what it fetches.
registry_spoke() { [ -s "$work/out" ]; }

pull() {
  local ref=$1 pid until=$((SECONDS + probe_seconds))
  doing "pulling $ref"
  within "$pull_seconds" docker pull "$ref" >"$work/out" 2>"$work/err" </dev/null &
  pid=$!
  while kill -0 "$pid" 2>/dev/null && ! registry_spoke; do
    if [ $SECONDS -ge $until ]; then
      kill "$pid" 2>/dev/null || true
      echo "no answer within $probe_seconds seconds" >>"$work/err"
      break
    fi
    sleep 0.2
  done
  wait "$pid"
}

# Some answers prove a registry, for all that it refused.
registry_refused() {
  registry_spoke || grep -qiE 'toomanyrequests|rate limit|unauthorized|access .*denied|manifest unknown|no space' "$work/err"
}

# 0: the image is here; 1: there is no registry to be reached
from_registry() {
  [ "$registry" != unreachable ] || return 1
  if pull "$1"; then
    registry=reachable
    ok "image $1: pulled"
    return 0
  fi
  tail -n 3 "$work/err" | sed 's/^/          /' >&2
  if registry_refused || [ "$registry" = reachable ]; then
    stop "The registry answered, but $1 could not be pulled; its words are above." \
      "A limit on downloads: wait, or 'docker login', then run this again." \
      "No space: 'docker system df' shows what takes it." \
      "To go on without the registry: CIVIC_STAND_INS=1 make setup"
  fi
  registry=unreachable
  return 1
}

announce_stand_ins() {
  [ -z "${announced-}" ] || return 0
  announced=yes
  warn '============================================================================================='
  warn 'No image registry can be reached from here (or CIVIC_STAND_INS=1 asks to do without). Set-up'
  warn 'makes STAND-IN images from Debian packages under the official names. They serve to try and'
  warn 'to test civic; certificates made with them say so.'
  warn '============================================================================================='
}

require_builder() {
  if have mmdebstrap && [ -e /usr/share/keyrings/debian-archive-keyring.gpg ]; then return; fi
  may_install || stop "Stand-ins need Debian or Ubuntu, and root or sudo without a password." \
    "Bring the images from a machine that has them:" \
    "  there: docker save ${images[*]%% *} | gzip > images.tar.gz" \
    "  here:  docker load < images.tar.gz"
  install_packages mmdebstrap debian-archive-keyring ca-certificates
}

# The proxy of this machine, if it has one, is also the build's.
proxy_arguments() {
  local name
  for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
    [ -z "${!name-}" ] || printf '%s\n' --build-arg "$name"
  done
}

build_base() {
  as_root env "XDG_CACHE_HOME=${XDG_CACHE_HOME:-$HOME/.cache}" "CIVIC_RECIPE=$(recipe debian)" \
    "$here/stand-ins/debian/build.sh" "$1" trixie "$(authorities)"
}

build() {
  local ref=$1 folder=$2 base=${images[0]%% *} arguments
  if [ "$folder" = debian ]; then
    build_base "$ref"
    return
  fi
  # An official base, pulled on another day, knows nothing of this machine's authorities; and it is kept.
  if [ "$(label "$base" '')" != true ]; then
    base=civic-stand-in-base:trixie
    build_base "$base"
  fi
  mapfile -t arguments < <(proxy_arguments)
  docker build --force-rm "${arguments[@]}" --build-arg "BASE=$base" \
    --label "org.civic.stand-in.recipe=$(recipe "$folder")" --tag "$ref" "$here/stand-ins/$folder"
}

stand_in() {
  local ref=$1 former
  former=$(docker image inspect --format '{{.Id}}' "$ref" 2>/dev/null) || former=
  announce_stand_ins
  require_builder
  doing "making a stand-in for $ref"
  built=yes
  if ! build "$@" >"$work/build" 2>&1 </dev/null; then
    tail -n 25 "$work/build" >&2
    stop "The stand-in for $ref could not be made; the end of its build is above." \
      "Check that this machine reaches Debian's packages (apt-get update) and npm's, then run this again."
  fi
  # Stays where a container still needs it.
  [ -z "$former" ] || docker image rm "$former" >/dev/null 2>&1 || true
  ok "image $ref: STAND-IN made from Debian packages"
}

provide() {
  local ref=$1 folder=$2
  if usable "$ref" "$folder"; then
    if [ "$(label "$ref" '')" = true ]; then
      warn "image $ref: a STAND-IN is used. For the official one: docker rmi $ref && make setup"
    else
      ok "image $ref"
    fi
  elif [ "${CIVIC_STAND_INS-}" = 1 ] || ! from_registry "$ref"; then
    stand_in "$ref" "$folder"
  fi
}

for image in "${images[@]}"; do
  # shellcheck disable=SC2086 # two words
  provide $image
done
