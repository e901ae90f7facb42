#!/usr/bin/env bash
# Starts one node of the replica set caas-rs: the command of the containers mongodb-primary, mongodb-secondary-1 and -2 (image mongo:7.0), run as root.
#
# mongod takes a keyfile only if it belongs to the user that mongod runs as and nobody else can read it, which no bind mount can promise: it is copied. The committed
# file alone must open nothing, so the SHA-256 of the root password is added: all nodes know both.
#
# MONGO_ROOT_PASSWORD              of every node
# MONGO_INITDB_ROOT_USERNAME, …_PASSWORD   of the primary alone: the image makes the root user from them at the first start, on a mongod that is not yet part of a set.
#                                  A secondary must start empty: a node with data of its own cannot join.
# Arguments are handed on to mongod.
set -euo pipefail

source_file=${CAAS_KEYFILE_SOURCE:-/etc/caas/mongo-keyfile}
keyfile=${CAAS_KEYFILE:-/etc/mongo-keyfile}
password=${MONGO_ROOT_PASSWORD:-${MONGO_INITDB_ROOT_PASSWORD:-}}

fail() {
  echo "start-node: $1" >&2
  exit 1
}

[ -n "$password" ] || fail "MONGO_ROOT_PASSWORD is not set: put it into .env."
[ -r "$source_file" ] || fail "$source_file cannot be read: mount init/mongodb/mongo-keyfile there."

# A container that is started again still has the file of before.
rm -f "$keyfile"
(
  umask 077
  {
    tr -d '[:space:]' <"$source_file"
    printf '%s' "$password" | sha256sum | cut -c1-64
  } >"$keyfile"
)
chmod 400 "$keyfile"
# 999 is mongodb in the image.
[ "$(id -u)" -ne 0 ] || chown 999:999 "$keyfile"

unset MONGO_ROOT_PASSWORD password
# The oplog is kept for a day: whoever follows the entries finds where it was.
exec docker-entrypoint.sh mongod --replSet caas-rs --bind_ip_all --keyFile "$keyfile" --oplogMinRetentionHours 24 "$@"
