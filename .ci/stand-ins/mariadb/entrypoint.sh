#!/usr/bin/env bash
# Starts MariaDB with the interface of the official image, as its documentation describes it: an empty data
# folder is initialised from MARIADB_* (or MYSQL_*), a filled one is served as it is. Other commands run unchanged.
set -euo pipefail

data=/var/lib/mysql
socket=/run/mysqld/mysqld.sock
scripts=/docker-entrypoint-initdb.d

say() { printf 'entrypoint: %s\n' "$*"; }
die() { printf 'entrypoint: error: %s\n' "$*" >&2; exit 1; }

# Sets MARIADB_$1 from itself, MYSQL_$1, or the file named by either with _FILE.
from_environment() {
  local name value='' file
  for name in "MARIADB_$1" "MYSQL_$1"; do
    file=${name}_FILE
    if [ -n "${!name-}" ] && [ -n "${!file-}" ]; then die "set $name or $file, not both"; fi
    [ -n "$value" ] || value=${!name-}
    [ -n "$value" ] || [ -z "${!file-}" ] || value=$(<"${!file}")
    unset "$name" "$file"
  done
  printf -v "MARIADB_$1" '%s' "$value"
}

# A text as a literal of SQL: with NO_BACKSLASH_ESCAPES only the quote itself is special.
literal() { printf "'%s'" "${1//\'/\'\'}"; }
# shellcheck disable=SC2016 # these are SQL's quotes
identifier() { printf '`%s`' "${1//\`/\`\`}"; }

require_password() {
  [ -z "$MARIADB_RANDOM_ROOT_PASSWORD" ] || MARIADB_ROOT_PASSWORD=$(pwgen --numerals --capitalize 32 1)
  [ -n "$MARIADB_ROOT_PASSWORD$MARIADB_ALLOW_EMPTY_ROOT_PASSWORD" ] ||
    die "the data folder is empty and no password is set; set one of MARIADB_ROOT_PASSWORD,
MARIADB_ALLOW_EMPTY_ROOT_PASSWORD and MARIADB_RANDOM_ROOT_PASSWORD"
}

accounts() {
  local host=${MARIADB_ROOT_HOST:-%}
  echo "SET SESSION SQL_MODE = 'NO_BACKSLASH_ESCAPES';"
  # The fresh folder has a root without a password for each way to this very machine.
  echo "DROP USER IF EXISTS 'root'@'127.0.0.1', 'root'@'::1', 'root'@$(literal "$HOSTNAME");"
  echo "SET PASSWORD FOR 'root'@'localhost' = PASSWORD($(literal "$MARIADB_ROOT_PASSWORD"));"
  if [ "$host" != localhost ]; then
    echo "CREATE USER 'root'@$(literal "$host") IDENTIFIED BY $(literal "$MARIADB_ROOT_PASSWORD");"
    echo "GRANT ALL ON *.* TO 'root'@$(literal "$host") WITH GRANT OPTION;"
  fi
  [ -z "$MARIADB_DATABASE" ] || echo "CREATE DATABASE IF NOT EXISTS $(identifier "$MARIADB_DATABASE");"
  [ -n "$MARIADB_USER" ] || return 0
  echo "CREATE USER $(literal "$MARIADB_USER")@'%' IDENTIFIED BY $(literal "$MARIADB_PASSWORD");"
  # In a grant, _ and % would stand for other names.
  local pattern=${MARIADB_DATABASE//_/\\_}
  [ -z "$MARIADB_DATABASE" ] || echo "GRANT ALL ON $(identifier "${pattern//%/\\%}").* TO $(literal "$MARIADB_USER")@'%';"
}

root_client() {
  MYSQL_PWD=$MARIADB_ROOT_PASSWORD mariadb --protocol=socket --socket="$socket" --user=root "$@"
}

run_script() {
  local database=()
  [ -z "$MARIADB_DATABASE" ] || database=("--database=$MARIADB_DATABASE")
  case $1 in
    *.sh)
      # shellcheck disable=SC1090 # whatever the user put there; sourced, so that it may set variables
      if [ -x "$1" ]; then "$1"; else . "$1"; fi ;;
    *.sql) root_client "${database[@]}" <"$1" ;;
    *.sql.gz) gzip -dc "$1" | root_client "${database[@]}" ;;
    *) say "left alone: $1"; return ;;
  esac
  say "ran $1"
}

# Nobody outside may mistake the half-made server for the finished one: it does not listen on TCP.
initialise() {
  local server script tries=0
  mariadb-install-db --user=mysql --datadir="$data" --skip-test-db --auth-root-authentication-method=normal >/dev/null
  "$@" --skip-networking --socket="$socket" &
  server=$!
  until mariadb-admin --protocol=socket --socket="$socket" --user=root --silent ping >/dev/null 2>&1; do
    tries=$((tries + 1))
    if [ $tries -ge 600 ] || ! kill -0 "$server"; then die "the server did not start for its set-up"; fi
    sleep 0.1
  done
  accounts | mariadb --protocol=socket --socket="$socket" --user=root
  for script in "$scripts"/*; do
    [ ! -f "$script" ] || run_script "$script"
  done
  kill "$server"
  wait "$server"
  say "the data folder is initialised; starting for good"
}

case ${1-} in
  -* | '') set -- mariadbd "$@" ;;
esac
if [ "$1" = mariadbd ] || [ "$1" = mysqld ]; then
  mkdir -p "$data" /run/mysqld
  if [ "$(id -u)" = 0 ]; then
    find "$data" /run/mysqld \! -user mysql -exec chown mysql:mysql '{}' +
    exec setpriv --reuid mysql --regid mysql --init-groups "$0" "$@"
  fi
  if [ ! -d "$data/mysql" ]; then
    for name in ROOT_PASSWORD ROOT_HOST ALLOW_EMPTY_ROOT_PASSWORD RANDOM_ROOT_PASSWORD DATABASE USER PASSWORD; do
      from_environment "$name"
    done
    require_password
    initialise "$@"
  fi
fi
exec "$@"
