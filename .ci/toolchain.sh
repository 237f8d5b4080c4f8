#!/usr/bin/env bash
# Makes sure that the programs which build and test civic are there. A Rust toolchain is never replaced.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=.ci/say.sh
. "$here/say.sh"

needed_rust=$(sed -n 's/^rust-version *= *"\([0-9.]*\)".*/\1/p' "$here/../Cargo.toml" | head -n 1)
needed_rust=${needed_rust:-1.85}

at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

system_tools() {
  local missing='' wanted=''
  # gcc without the C library's headers builds nothing.
  have cc || missing+=' gcc libc6-dev'
  have git || missing+=' git'
  have make || missing+=' make'
  have pkg-config || wanted+=' pkg-config'
  have shellcheck || wanted+=' shellcheck'
  # cargo's way to its registry
  ! have apt-get || [ -e /etc/ssl/certs/ca-certificates.crt ] || missing+=' ca-certificates'
  if [ -n "$missing$wanted" ] && may_install; then
    # shellcheck disable=SC2086 # one word per package
    install_packages $missing $wanted
  elif [ -n "$missing" ]; then
    stop "Missing:$missing" "Install them with this system's package manager, then run this again."
  elif [ -n "$wanted" ]; then
    warn "not installed, and only needed by 'make test':$wanted"
  fi
}

# A distribution that is new enough may carry the compiler itself.
packaged_rust() {
  have apt-cache && apt-cache policy rustc 2>/dev/null | sed -n 's/.*Candidate: \([0-9.]*\).*/\1/p'
}

rust() {
  local version
  # A login shell would have it on its path.
  [ ! -x "${CARGO_HOME:-$HOME/.cargo}/bin/cargo" ] || PATH=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin
  if ! have cargo && may_install && at_least "$(packaged_rust || true)" "$needed_rust"; then
    install_packages cargo rustc rust-clippy rustfmt
  fi
  if ! have cargo || ! version=$(cd "$here/.." && rustc --version 2>/dev/null | cut -d' ' -f2); then
    stop "There is no Rust toolchain (cargo, rustc $needed_rust or newer) on this machine." \
      "Install it for your own user, without root; then open a new terminal and run this again:" \
      "  curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh"
  fi
  at_least "$version" "$needed_rust" ||
    stop "Rust $version is too old, civic needs $needed_rust or newer." "Run: rustup update"
  ok "Rust $version"
}

system_tools
ok "C compiler, git, make"
rust
if cargo nextest --version >/dev/null 2>&1; then ok "test runner: cargo-nextest"; else ok "test runner: cargo test (cargo-nextest is not installed)"; fi
