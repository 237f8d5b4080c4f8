#!/usr/bin/env bash
# Brings a machine to the point where civic can be built, tried and tested. May be run as often as you like:
# what is there is used, nothing is replaced.
# Exit code: 0 ready; 3 a person has to do something, and the last lines say what.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/civic
mkdir -p "$cache"

# Two at once would start two engines and build every image twice.
if command -v flock >/dev/null; then
  exec 9>"$cache/setup.lock"
  flock 9
fi

# What is started from here may live on, and must not keep the lock (9>&-).
echo 'Set-up: tools'
"$here/toolchain.sh" 9>&-
echo 'Set-up: container engine'
"$here/engine.sh" 9>&-
echo 'Set-up: base images'
"$here/images.sh" 9>&-
echo "Set-up: the example's tests"
"$here/node.sh" 9>&-
