#!/usr/bin/env bash
# Runs the checks of the project, all of them or those named, each to its end even when another has failed.
# usage: test.sh [fmt|shell|clippy|build|example|self-test|certify|tests|schemas|cluster|leaks]...
# The closing lines are also in <target>/ci/summary. Exit code: 0 all passed, 1 something failed.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-target}
civic=$target/debug/civic
results=$target/ci
mkdir -p "$results"
rm -f "$results/summary"

has_nextest() { cargo nextest --version >/dev/null 2>&1; }

# Every shell script by name or first line; templates are not scripts before they are rendered.
shell_scripts() {
  local file first
  git ls-files --cached --others --exclude-standard | while read -r file; do
    [ -f "$file" ] || continue
    case $file in templates/files/* | templates/partials/* | buildpacks/*/templates/*) continue ;; esac
    # What civic rendered last, and Habitat's hooks, which Habitat still fills in.
    case $file in */.civic/* | */habitat/*/hooks/*) continue ;; esac
    IFS= read -r first <"$file" 2>/dev/null || true
    case $file:$first in
      *.sh:* | *:'#!'*/sh* | *:'#!'*/bash* | *:'#!'*/env\ bash* | *:'#!'*/env\ sh*) printf '%s\n' "$file" ;;
    esac
  done 2>/dev/null
}

fmt() { cargo fmt --all --check; }

shell() {
  command -v shellcheck >/dev/null || { echo 'shellcheck is not installed; install it, or run make setup as root' >&2; return 1; }
  shell_scripts | tr '\n' '\0' | xargs -0 shellcheck --external-sources
}

clippy() { cargo clippy --workspace --all-targets -- -D warnings; }

# In CI, what is tested is what is committed: the lock file must not want to change.
lock_file() { [ "${CI-}" != true ] || cargo metadata --locked --format-version 1 >/dev/null; }

build() {
  lock_file
  if has_nextest; then
    cargo nextest run --workspace --no-run
  else
    cargo test --workspace --no-run
  fi && cargo build --package civic
}

# Set-up puts Node.js there where the machine has none.
example() {
  local node=${XDG_CACHE_HOME:-$HOME/.cache}/civic/node/bin
  [ ! -d "$node" ] || PATH=$node:$PATH
  # npm does not read the system's trust store.
  [ -n "${NODE_EXTRA_CA_CERTS-}" ] || [ ! -e /etc/ssl/certs/ca-certificates.crt ] ||
    export NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
  examples/courtbot/test.sh
}

self-test() { "$civic" certify --self-test; }
certify() { "$civic" certify examples/courtbot; }

tests() {
  # What only tests need: Compose, servers for the hooks, and the base images of the stacks' fixtures.
  .ci/compose.sh
  .ci/hadolint.sh
  .ci/images.sh 'mariadb:11.8 mariadb' 'redis:8-trixie redis'
  .ci/stacks.sh
  if has_nextest; then
    cargo nextest run --workspace --no-fail-fast 2>&1
  else
    cargo test --workspace --no-fail-fast 2>&1
  fi | tee "$results/tests.log"
}

# The rendered deploy/ against Kubernetes' own schemas.
schemas() { .ci/kubernetes.sh schemas; }

# The same on a real cluster of one node; minutes the first time, because the cluster is built from source.
cluster() { .ci/kubernetes.sh cluster; }

leaks() {
  local left tries
  # The images of specimens and examples are kept between runs on purpose, and are not needed after tests.
  "$civic" clean --images >/dev/null
  # The engine may still be at the last removals.
  for tries in 1 2 3 4 5; do
    left=$(.ci/leaks.sh | comm -13 "$results/leaks-before" -)
    [ -n "$left" ] || return 0
    [ "$tries" = 5 ] || sleep 1
  done
  echo 'These are left on the engine, and should not be, unless another run is at work (civic clean removes them):' >&2
  printf '%s\n' "$left" >&2
  return 1
}

# The test runner's own summary, whichever runner it was.
runner_summary() {
  grep -E '^ *Summary \[|^test result:' "$results/tests.log" 2>/dev/null || true
}

# prints: how many tests passed and failed, in the words of either runner
count() {
  runner_summary | awk -v word="$1" '
    { for (i = 2; i <= NF; i++) if ($i ~ "^" word "[,;]?$" && $(i-1) ~ /^[0-9]+$/) n += $(i-1)
      if (word == "failed") for (i = 2; i <= NF; i++) if ($i ~ /^(timed|exec)[,;]?$/) n += $(i-1) }
    END { print n + 0 }'
}

run_step() {
  local began=$SECONDS
  printf '\n== %s\n' "$1"
  # Not as a condition: inside one, `set -e` would let a step go on after a failed command.
  set +e
  (set -e; "$1")
  local code=$?
  set -e
  if [ $code -eq 0 ]; then
    printf '== %s: passed (%s s)\n' "$1" $((SECONDS - began))
  else
    printf '== %s: FAILED with exit code %s (%s s)\n' "$1" "$code" $((SECONDS - began))
    failed_steps+=" $1"
  fi
}

close() {
  local failed passed step tests_failed
  passed=$(count passed)
  tests_failed=$(count failed)
  failed=$tests_failed
  for step in $failed_steps; do
    printf 'failed step: %s\n' "$step"
    # Failed tests are counted already, one by one.
    if [ "$step" != tests ] || [ "$tests_failed" -eq 0 ]; then failed=$((failed + 1)); fi
  done
  runner_summary
  printf '%s passed, %s failed\n' "$passed" "$failed"
}

failed_steps=
steps=$*
if [ -z "$steps" ]; then
  steps='fmt shell clippy build example self-test certify tests schemas leaks'
  # What an earlier, interrupted run has left is not the fault of this one.
  .ci/leaks.sh >"$results/leaks-before"
  rm -f "$results/tests.log"
fi
for step in $steps; do
  case $failed_steps:$step in
    # What was built before is not what is to be tested.
    *' build'*:example | *' build'*:self-test | *' build'*:certify | *' build'*:tests | *' build'*:schemas | *' build'*:cluster)
      printf '\n== %s: not run, the build failed\n' "$step" ;;
    *) run_step "$step" ;;
  esac
done
if [ $# -eq 0 ]; then
  echo
  close | tee "$results/summary"
fi
[ -z "$failed_steps" ]
