# shellcheck shell=bash
# How set-up speaks. Sourced by the other scripts, does nothing by itself.

ok() { printf '  ok      %s\n' "$*"; }
doing() { printf '  ...     %s\n' "$*"; }
warn() { printf '  NOTE    %s\n' "$*"; }

# Ends set-up: what is wrong in the first argument, what to do next in the others, one line each.
stop() {
  printf '\n  STOP    %s\n' "$1" >&2
  shift
  [ $# -eq 0 ] || printf '          %s\n' "$@" >&2
  exit 3
}

have() { command -v "$1" >/dev/null 2>&1; }

# macOS has no timeout.
within() {
  local seconds=$1
  shift
  if have timeout; then timeout "$seconds" "$@"; else "$@"; fi
}

may_install() { have apt-get && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; }

# sudo forgets the proxy, and without it apt may be cut off.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  else
    sudo -n env "PATH=$PATH" "http_proxy=${http_proxy-}" "https_proxy=${https_proxy-}" "no_proxy=${no_proxy-}" \
      "DOCKER_HOST=${DOCKER_HOST-}" "$@"
  fi
}

apt_log=${XDG_STATE_HOME:-$HOME/.local/state}/civic/apt.log

# Installs Debian packages and nothing they only recommend; never removes or downgrades one.
install_packages() {
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300)
  mkdir -p "$(dirname "$apt_log")"
  doing "installing $*"
  # A third source that does not answer must not matter: only the installation itself decides.
  as_root "${apt[@]}" update >"$apt_log" 2>&1 || true
  as_root "${apt[@]}" install --yes --no-install-recommends --no-remove "$@" >>"$apt_log" 2>&1 </dev/null && return
  tail -n 15 "$apt_log" >&2
  stop "Debian's packages could not be installed: $*" \
    "The lines above are the end of $apt_log." \
    "Check that this machine reaches its package mirror (apt-get update), then run this again."
}
