#!/bin/sh
# Starts Redis with the interface of the official image: arguments that begin with a dash or end in .conf go to
# the server, which runs as `redis` in /data. Other commands run unchanged.
set -eu

case ${1-} in
  -* | *.conf) set -- redis-server "$@" ;;
esac
if [ "$1" = redis-server ]; then
  # The image's server has no configuration file; without this it would serve only its own container.
  case " $* " in
    *' --protected-mode '* | *.conf\ *) ;;
    *) set -- "$@" --protected-mode no ;;
  esac
  if [ "$(id -u)" = 0 ]; then
    find . \! -user redis -exec chown redis '{}' +
    exec setpriv --reuid redis --regid redis --clear-groups "$0" "$@"
  fi
  # What others may read of the data is nobody's business.
  umask 0077
fi
exec "$@"
