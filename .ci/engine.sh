#!/usr/bin/env bash
# Makes sure that a container engine answers. What is there is used; an engine is only started, or installed,
# where none is. It keeps running after this script has ended.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=.ci/say.sh
. "$here/say.sh"

log=${XDG_STATE_HOME:-$HOME/.local/state}/civic/dockerd.log
pid_file=/var/run/docker.pid
deadline_seconds=90

# prints: the engine's version, or what the client had to say
ask_engine() { within 20 docker version --format '{{.Server.Version}}' 2>&1; }

by_hand() {
  stop "$1" \
    "civic needs Docker, or Podman with its Docker-compatible socket." \
    "  Linux:          install Docker Engine (https://docs.docker.com/engine/install/) and start it:" \
    "                  sudo systemctl start docker" \
    "  macOS, Windows: start Docker Desktop" \
    "  elsewhere:      export DOCKER_HOST=unix:///path/to/the/socket (or ssh://user@host)" \
    "Try it with: docker version"
}

install_what_is_missing() {
  local packages=()
  have dockerd || packages+=(docker.io)
  have iptables || [ -x /usr/sbin/iptables ] || packages+=(iptables)
  [ ${#packages[@]} -eq 0 ] || install_packages "${packages[@]}"
  # Newer Debians ship the client on its own.
  have docker || install_packages docker-cli
}

# Is the process that the pid file $1 names alive, and called $2?
alive() {
  local pid
  pid=$(as_root cat "$1" 2>/dev/null) && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$2" ]
}

# After a power cut the file may name a process of another kind, and the engine would refuse to start.
forget_dead() { alive "$@" || as_root rm -f "$1"; }

start_own() {
  local options=()
  # Whoever may use sudo without a password may also use the engine without it.
  [ "$(id -u)" = 0 ] || options+=(--group "$(id -gn)")
  forget_dead "$pid_file" dockerd
  forget_dead /var/run/docker/containerd/containerd.pid containerd
  mkdir -p "$(dirname "$log")"
  doing "starting the container engine in the background (log: $log)"
  # A session of its own: it shall outlive this script, make and the terminal.
  # shellcheck disable=SC2024 # the log is this user's on purpose
  as_root setsid dockerd "${options[@]}" </dev/null >>"$log" 2>&1 &
  started=$!
}

start() {
  started=
  if [ -d /run/systemd/system ]; then
    doing "starting docker.service"
    as_root systemctl start docker || true
  else
    start_own
  fi
}

wait_ready() {
  local until=$((SECONDS + deadline_seconds))
  while [ $SECONDS -lt $until ]; do
    ! ask_engine >/dev/null || return 0
    sleep 0.5
    # Gone, and no other was coming up already: there is nothing to wait for.
    [ -z "$started" ] || [ -d "/proc/$started" ] || alive "$pid_file" dockerd || return 1
  done
  return 1
}

complain() {
  if [ -d /run/systemd/system ]; then
    as_root systemctl status docker --no-pager --lines 15 >&2 || true
  else
    tail -n 15 "$log" >&2
  fi
  by_hand "The container engine did not start (waited at most $deadline_seconds seconds); its last words are above."
}

PATH=$PATH:/usr/sbin:/sbin
if have docker && answer=$(ask_engine); then
  ok "container engine: Docker-compatible, version $answer"
  exit 0
fi
case ${answer-} in
  *"permission denied"*)
    stop "There is a container engine, but you may not use it." \
      "Join its group, then log in again: sudo usermod -aG docker $(id -un)" ;;
esac
[ -z "${DOCKER_HOST-}" ] || by_hand "No container engine answers at DOCKER_HOST=$DOCKER_HOST."
[ "$(uname -s)" = Linux ] || by_hand "No container engine answers."
may_install || by_hand "No container engine answers, and this user may not install or start one (not root, no sudo without a password)."
install_what_is_missing
if ! ask_engine >/dev/null; then
  start
  wait_ready || complain
fi
ok "container engine: version $(ask_engine), started"
