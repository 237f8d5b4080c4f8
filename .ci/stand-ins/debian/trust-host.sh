#!/bin/sh
# Makes a new root trust what this machine trusts, and only beyond what Debian trusts anyway: behind a
# filter with an authority of its own, npm or pip in an image would otherwise refuse every answer.
# usage: trust-host.sh HOST-BUNDLE NEW-ROOT
set -eu
bundle=$1
root=$2
[ -s "$bundle" ] || exit 0
own=$root/usr/local/share/ca-certificates
mkdir -p "$own"
# What this machine's own Debian package trusts is left out too: the newer suite may have dropped it.
{ find /usr/share/ca-certificates -name '*.crt' -exec cat {} + 2>/dev/null || true
  cat "$root/etc/ssl/certs/ca-certificates.crt"; } >"$own/known"
awk -v known="$own/known" -v own="$own" '
  function each(file, keep,   line, pem, n) {
    while ((getline line < file) > 0) {
      if (line ~ /BEGIN CERTIFICATE/) pem = ""
      pem = pem line "\n"
      if (line !~ /END CERTIFICATE/) continue
      if (!keep) seen[pem] = 1
      else if (!(pem in seen)) { printf "%s", pem > (own "/host-" ++n ".crt"); seen[pem] = 1 }
    }
  }
  BEGIN { each(known, 0); each(ARGV[1], 1) }
' "$bundle"
rm "$own/known"
chroot "$root" update-ca-certificates >/dev/null
