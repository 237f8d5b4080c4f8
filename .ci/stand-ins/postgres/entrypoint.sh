#!/usr/bin/env bash
# Starts PostgreSQL with the interface of the official image, as its documentation describes it: an empty
# PGDATA is initialised from POSTGRES_*, a filled one is served as it is. Other commands run unchanged.
set -euo pipefail

scripts=/docker-entrypoint-initdb.d

say() { printf 'entrypoint: %s\n' "$*"; }
die() { printf 'entrypoint: error: %s\n' "$*" >&2; exit 1; }

# Sets $1 from the file named in $1_FILE, or to the default $2.
from_environment() {
  local name=$1 default=${2-} file=$1_FILE
  if [ -n "${!name-}" ] && [ -n "${!file-}" ]; then
    die "set $name or $file, not both"
  elif [ -n "${!file-}" ]; then
    printf -v "$name" '%s' "$(<"${!file}")"
  else
    printf -v "$name" '%s' "${!name:-$default}"
  fi
  # The server itself has no use for it.
  unset "$file"
}

only_informs() {
  local argument
  for argument; do
    case $argument in
      -'?' | --help | --describe-config | -V | --version) return 0 ;;
    esac
  done
  return 1
}

own_folders() {
  mkdir -p "$PGDATA" /var/run/postgresql
  chmod 0700 "$PGDATA"
  chmod 3775 /var/run/postgresql
  find "$PGDATA" /var/run/postgresql \! -user postgres -exec chown postgres:postgres '{}' +
}

# initdb wants a name for the user it runs as; with `--user 12345` there is none.
borrow_name() {
  if getent passwd "$(id -u)" >/dev/null; then return; fi
  NSS_WRAPPER_PASSWD=$(mktemp)
  NSS_WRAPPER_GROUP=$(mktemp)
  printf 'postgres:x:%s:%s::%s:/bin/false\n' "$(id -u)" "$(id -g)" "$PGDATA" >"$NSS_WRAPPER_PASSWD"
  printf 'postgres:x:%s:\n' "$(id -g)" >"$NSS_WRAPPER_GROUP"
  LD_PRELOAD=$(echo /usr/lib/*/libnss_wrapper.so)
  export LD_PRELOAD NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP
}

return_name() {
  [ -n "${NSS_WRAPPER_PASSWD-}" ] || return 0
  rm -f "$NSS_WRAPPER_PASSWD" "$NSS_WRAPPER_GROUP"
  unset LD_PRELOAD NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP
}

require_password() {
  [ -z "$POSTGRES_PASSWORD" ] || return 0
  [ "$POSTGRES_HOST_AUTH_METHOD" != trust ] || return 0
  die "the data folder is empty and POSTGRES_PASSWORD is not set; set it to a password for the user
'$POSTGRES_USER', for example: docker run -e POSTGRES_PASSWORD=... (or POSTGRES_PASSWORD_FILE=<file>)"
}

create_cluster() {
  local options=(--username "$POSTGRES_USER")
  [ -z "${POSTGRES_INITDB_WALDIR-}" ] || options+=(--waldir "$POSTGRES_INITDB_WALDIR")
  borrow_name
  # POSTGRES_INITDB_ARGS is one string of several arguments, quoted as in a shell.
  # The password goes by a pipe: neither a file nor the process list shall have it.
  [ -z "$POSTGRES_PASSWORD" ] || options+=(--pwfile=/dev/fd/3)
  eval 'initdb "${options[@]}" '"${POSTGRES_INITDB_ARGS-}" 3< <(printf '%s\n' "$POSTGRES_PASSWORD")
  return_name
  printf '\nhost all all all %s\n' "$POSTGRES_HOST_AUTH_METHOD" >>"$PGDATA/pg_hba.conf"
}

sql() {
  PGHOST='' PGHOSTADDR='' psql --no-psqlrc --no-password --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" "$@"
}

create_database() {
  [ "$POSTGRES_DB" != postgres ] || return 0
  sql --dbname postgres --set db="$POSTGRES_DB" <<<'CREATE DATABASE :"db";'
}

run_script() {
  case $1 in
    *.sh)
      # shellcheck disable=SC1090 # whatever the user put there; sourced, so that it may set variables
      if [ -x "$1" ]; then "$1"; else . "$1"; fi ;;
    *.sql) sql --dbname "$POSTGRES_DB" --file "$1" ;;
    *.sql.gz) gzip -dc "$1" | sql --dbname "$POSTGRES_DB" ;;
    *.sql.xz) xz -dc "$1" | sql --dbname "$POSTGRES_DB" ;;
    *.sql.zst) zstd -dc "$1" | sql --dbname "$POSTGRES_DB" ;;
    *) say "left alone: $1"; return ;;
  esac
  say "ran $1"
}

# Nobody outside may mistake the half-made server for the finished one: it does not listen on TCP.
initialise() {
  local script
  create_cluster
  [ "$1" = postgres ] && shift
  pg_ctl --pgdata "$PGDATA" --wait --options "$(printf '%q ' "$@" -c listen_addresses= -p "${PGPORT:-5432}")" start
  create_database
  for script in "$scripts"/*; do
    [ ! -f "$script" ] || run_script "$script"
  done
  pg_ctl --pgdata "$PGDATA" --wait --mode fast stop
  say "PGDATA is initialised; starting for good"
}

case ${1-} in
  -* | '') set -- postgres "$@" ;;
esac
if [ "$1" = postgres ] && ! only_informs "$@"; then
  if [ "$(id -u)" = 0 ]; then
    own_folders
    # PostgreSQL refuses to run as root.
    exec setpriv --reuid postgres --regid postgres --init-groups "$0" "$@"
  fi
  mkdir -p "$PGDATA"
  chmod 0700 "$PGDATA" 2>/dev/null || true
  if [ ! -s "$PGDATA/PG_VERSION" ]; then
    from_environment POSTGRES_PASSWORD
    from_environment POSTGRES_USER postgres
    from_environment POSTGRES_DB "$POSTGRES_USER"
    POSTGRES_HOST_AUTH_METHOD=${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}
    export POSTGRES_USER POSTGRES_DB POSTGRES_PASSWORD
    require_password
    initialise "$@"
  fi
fi
exec "$@"
