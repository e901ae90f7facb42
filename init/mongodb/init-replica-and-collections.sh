#!/usr/bin/env bash
# Makes three started nodes the replica set caas-rs, with the application's user, collections and indexes. The command of the container mongodb-init, which ends when it
# is done. Safe to run again at any time: what stands already stays.
#
# MONGO_ROOT_USER, MONGO_ROOT_PASSWORD   the user that the image made on mongodb-primary at its first start
# MONGO_APP_PASSWORD                     of the user caas that the gateway and the socket services log in as; changed where it differs
# MONGO_HOSTS      the nodes, the preferred primary first. Default mongodb-primary:27017,mongodb-secondary-1:27017,mongodb-secondary-2:27017
# MONGO_MEMBERS    the names that they get in the set, where these differ. Default: MONGO_HOSTS
# CAAS_INIT_TIMEOUT   the longest that all of it may take, in seconds. Default 180
#
# The work is done in init-replica-and-collections.js by mongosh, which reads the passwords from its environment: none is ever an argument.
set -euo pipefail

fail() {
  echo "mongodb-init: $1" >&2
  exit 1
}

for name in MONGO_ROOT_USER MONGO_ROOT_PASSWORD MONGO_APP_PASSWORD; do
  [ -n "${!name:-}" ] || fail "$name is not set: put it into .env."
done
command -v mongosh >/dev/null || fail "there is no mongosh: run this in the image mongo:7.0."
case ${CAAS_INIT_TIMEOUT:-180} in
  *[!0-9]*) fail "CAAS_INIT_TIMEOUT is not a number of seconds." ;;
esac

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export CAAS_INIT_FOLDER=$folder
# mongosh keeps its own logs at home, which may be a data volume or read-only.
HOME=$(mktemp -d)
export HOME
trap 'rm -rf "$HOME"' EXIT

status=0
mongosh --nodb --norc --quiet --file "$folder/init-replica-and-collections.js" || status=$?
case $status in
  0 | 2) exit "$status" ;; # 2: it has said why
  *) fail "mongosh ended with code $status before it was done: see what it says above, then run this again." ;;
esac
