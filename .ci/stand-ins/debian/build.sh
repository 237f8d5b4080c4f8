#!/usr/bin/env bash
# Makes the stand-in for Debian's slim image out of Debian's own packages.
# usage: build.sh OFFICIAL-REF SUITE FILE-OF-TRUSTED-AUTHORITIES
# Needs mmdebstrap. The base archive is kept in a cache folder, so that a second engine gets it in seconds.
set -euo pipefail

ref=$1
suite=$2
authorities=$3
here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/civic
arch=$(dpkg --print-architecture)
max_age_days=7

# The machine's own mirror, when it is a Debian with one; else mmdebstrap's default for the suite.
# prints: URI of the archive whose label is $1, or nothing
mirror_of() {
  # shellcheck disable=SC2016 # these are apt's variables, not the shell's
  apt-get indextargets --format '$(LABEL)|$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    awk -F'|' -v label="$1" '$1 == label && !found { print $2; found = 1 }'
}

sources() {
  local main security
  main=$(mirror_of Debian)
  security=$(mirror_of Debian-Security)
  [ -n "$main" ] || return 0
  printf 'deb %s %s main\n' "$main" "$suite"
  printf 'deb %s %s-updates main\n' "$main" "$suite"
  [ -z "$security" ] || printf 'deb %s %s-security main\n' "$security" "$suite"
}

# A proxy or a private authority belongs to the machine: a changed bundle makes a new base.
fingerprint() {
  { cat "$0" "$here/trust-host.sh" "$authorities"; sources; } | sha256sum | cut -c1-12
}

debootstrap_into() {
  local out=$1 proxy='' lines
  lines=$(sources)
  local options=(
    --quiet --variant=minbase --include=ca-certificates --skip=output/dev
    '--dpkgopt=path-exclude=/usr/share/man/*'
    '--dpkgopt=path-exclude=/usr/share/locale/*'
    '--dpkgopt=path-exclude=/usr/share/doc/*'
    '--dpkgopt=path-include=/usr/share/doc/*/copyright'
    "--customize-hook='$here/trust-host.sh' '$authorities' \"\$1\""
  )
  eval "$(apt-config shell proxy Acquire::http::Proxy)"
  [ -z "$proxy" ] || options+=("--aptopt=Acquire::http::Proxy \"$proxy\"")
  if [ -n "$lines" ]; then
    printf '%s\n' "$lines" | mmdebstrap "${options[@]}" "$suite" "$out" -
  else
    mmdebstrap "${options[@]}" "$suite" "$out"
  fi
}

mkdir -p "$cache"
base=$cache/$suite-$arch-$(fingerprint).tar
if [ -z "$(find "$base" -mtime "-$max_age_days" 2>/dev/null)" ]; then
  rm -f "$cache/$suite-$arch-"*.tar
  debootstrap_into "$base.part.tar"
  mv "$base.part.tar" "$base"
fi

docker import \
  --change 'CMD ["bash"]' \
  --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
  --change 'LABEL org.civic.stand-in=true' \
  --change "LABEL org.civic.stand-in.recipe=${CIVIC_RECIPE-}" \
  --change "LABEL org.civic.stand-in.of=$ref" \
  --change "LABEL org.civic.stand-in.from=\"debian $suite packages\"" \
  "$base" "$ref"
