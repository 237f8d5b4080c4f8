#!/bin/sh
# The official image's healthcheck.sh as far as projects use it: with any of its options it asks whether the server
# takes connections over TCP, which it does only when its first start is over.
set -eu
exec mariadb-admin --protocol=tcp --host=127.0.0.1 --connect-timeout=5 --silent ping
