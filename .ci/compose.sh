#!/usr/bin/env bash
# Makes sure that the tests of the templates find Docker's Compose plugin and a checker of JSON Schemas. Both are only
# for tests: what this machine lacks goes into civic's cache folder, and nothing else is changed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=.ci/say.sh
. "$here/say.sh"

cache=${XDG_CACHE_HOME:-$HOME/.cache}/civic
# A folder of settings for the docker client, which looks for plugins there.
docker_config=$cache/docker
plugin=$docker_config/cli-plugins/docker-compose
python=$cache/python
suite=trixie

# Compose before 2 is another program, and knows too little.
is_new() { case $1 in 2.* | v2.* | [3-9].* | v[3-9].*) ;; *) return 1 ;; esac; }
installed() { is_new "$(docker compose version --short 2>/dev/null)"; }
cached() { is_new "$("$plugin" version --short 2>/dev/null)"; }

# Of a newer Debian, unpacked and not installed: apt keeps its own lists for it.
unpack() {
  local work mirror
  have apt-get && have dpkg || return 1
  work=$(mktemp -d)
  # shellcheck disable=SC2016 # apt's variables, not the shell's
  mirror=$(apt-get indextargets --format '$(LABEL)|$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    awk -F'|' '$1 == "Debian" && !found { print $2; found = 1 }')
  mkdir -p "$work/lists/partial" "$work/archives/partial"
  touch "$work/status"
  printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' \
    "${mirror:-http://deb.debian.org/debian}" "$suite" >"$work/sources"
  cat >"$work/conf" <<CONF
Dir::State::lists "$work/lists";
Dir::State::status "$work/status";
Dir::Cache "$work";
Dir::Etc::sourcelist "$work/sources";
Dir::Etc::sourceparts "/dev/null";
APT::Sandbox::User "";
CONF
  if (cd "$work" && export APT_CONFIG="$work/conf" && apt-get update && apt-get download docker-compose &&
    dpkg -x docker-compose_*.deb root) >"$work/log" 2>&1; then
    mkdir -p "$(dirname "$plugin")"
    cp "$(find "$work/root" -type f -name docker-compose -path '*cli-plugins*')" "$plugin.part"
    mv "$plugin.part" "$plugin"
  else
    tail -n 5 "$work/log" >&2
  fi
  rm -rf "$work"
}

compose() {
  if installed; then
    ok "Compose $(docker compose version --short)"
    return
  fi
  if ! cached; then
    doing "unpacking Docker's Compose plugin of Debian $suite, for the tests of the templates"
    unpack || true
  fi
  if cached; then
    ok "Compose $("$plugin" version --short), in $docker_config"
  else
    warn "Docker's Compose plugin is not installed, and only needed by 'make test': https://docs.docker.com/compose/install/"
  fi
}

schemas() {
  if [ ! -x "$python/bin/check-jsonschema" ]; then
    doing "installing check-jsonschema, for the tests of the templates"
    rm -rf "$python"
    if ! python3 -m venv "$python" >/dev/null 2>&1; then
      ! may_install || ! have apt-get || (install_packages python3-venv)
      python3 -m venv "$python" >/dev/null 2>&1 || true
    fi
    "$python/bin/pip" install --quiet --disable-pip-version-check 'check-jsonschema==0.39.0' >/dev/null 2>&1 || true
  fi
  if [ -x "$python/bin/check-jsonschema" ]; then
    ok "check-jsonschema, in $python"
  else
    warn "check-jsonschema could not be installed, and is only needed by 'make test' (it needs Python and PyPI)"
  fi
}

compose
schemas
