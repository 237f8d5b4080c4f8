#!/usr/bin/env bash
# Writes the digest of every image of buildpacks/pins.toml into its table [digests], as the registry has them now.
# Needs a registry, and one of crane, skopeo or docker with buildx.
# usage: pins.sh [--check]   with --check nothing is written, and the exit code is 1 when something has changed
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=.ci/say.sh
. "$here/say.sh"

table=$here/../buildpacks/pins.toml
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Every image that is named, without those with a place for a version.
images() {
  sed '/^\[digests\]/,$d; s/ *#.*//' "$table" |
    grep -oE '"[a-z0-9][a-z0-9./_-]*:[A-Za-z0-9._-]+"' | tr -d '"' | sort -u
}

digest() {
  if have crane; then
    crane digest "$1"
  elif have skopeo; then
    skopeo inspect --no-tags --format '{{.Digest}}' "docker://$(full "$1")"
  else
    docker buildx imagetools inspect --format '{{.Manifest.Digest}}' "$1" | tr -d '"'
  fi
}

# skopeo knows no short names.
full() {
  case $1 in
    *.*/*) echo "$1" ;;
    */*) echo "docker.io/$1" ;;
    *) echo "docker.io/library/$1" ;;
  esac
}

have crane || have skopeo || docker buildx version >/dev/null 2>&1 ||
  stop "Digests are asked with crane, skopeo or docker buildx, and none of them is here."

sed '/^\[digests\]/,$d' "$table" >"$work/pins.toml"
echo '[digests]' >>"$work/pins.toml"
missing=
while read -r image; do
  if found=$(digest "$image" 2>"$work/error") && [[ $found =~ ^sha256:[0-9a-f]{64}$ ]]; then
    printf '"%s" = "%s"\n' "$image" "$found" >>"$work/pins.toml"
    ok "$image"
  else
    missing="$missing $image"
    warn "$image: $(tail -n 1 "$work/error")"
  fi
done < <(images)
# What was pinned and cannot be asked today stays out: an old digest under a moved tag is worse than none.
[ -z "$missing" ] || stop "The registry gave no digest for these, and nothing was written:$missing"

if cmp -s "$work/pins.toml" "$table"; then
  ok 'buildpacks/pins.toml is up to date'
elif [ "${1-}" = --check ]; then
  diff -u "$table" "$work/pins.toml" || true
  exit 1
else
  cp "$work/pins.toml" "$table"
  ok 'buildpacks/pins.toml has new digests'
fi
