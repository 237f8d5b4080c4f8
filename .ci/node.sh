#!/usr/bin/env bash
# Makes sure that the example's own tests find Node.js. Where the machine has none, or too old a one, the
# program is taken out of the base image, which is there already, into civic's cache folder.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=.ci/say.sh
. "$here/say.sh"

image=node:24-trixie-slim
needed=20
folder=${XDG_CACHE_HOME:-$HOME/.cache}/civic/node

major() { "$1" --print 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0; }

copy_out() {
  local container
  rm -rf "$folder.part"
  mkdir -p "$folder.part"
  container=$(docker create "$image")
  docker cp "$container:/usr/local/." "$folder.part" >/dev/null || { docker rm "$container" >/dev/null; return 1; }
  docker rm "$container" >/dev/null
  rm -rf "$folder"
  mv "$folder.part" "$folder"
}

if have npm && [ "$(major node)" -ge "$needed" ]; then
  ok "Node.js $(node --version)"
  exit 0
fi
if [ "$(major "$folder/bin/node")" -lt "$needed" ]; then
  doing "taking Node.js out of the image $image, for the example's tests"
  copy_out || true
fi
if [ "$(major "$folder/bin/node")" -ge "$needed" ]; then
  ok "Node.js $("$folder/bin/node" --version), in $folder"
else
  warn "Node.js $needed or newer is not installed, and only needed by 'make test': https://nodejs.org/en/download"
fi
