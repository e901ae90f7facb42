#!/usr/bin/env bash
# Stops the stack that start.sh starts. stop.ps1 is the same for PowerShell, line by line.
set -euo pipefail
unset CDPATH
cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source=eng/stack.sh
. eng/stack.sh

clean=''
env_file=.env

usage() {
  say "Usage: ./stop.sh [--clean] [--help]"
  say "Stops the stack and removes its containers. The data stays."
  say "  --clean   remove the volumes too: all data goes"
}

read_options() {
  local option
  for option in "$@"; do
    case "$option" in
      --clean) clean=yes ;;
      --help | -h) usage && exit 0 ;;
      *) fail "Unknown option ${option}: see ./stop.sh --help." 2 ;;
    esac
  done
}

stop_services() {
  docker compose --env-file "$env_file" --profile test down --remove-orphans || fail "Docker could not stop the stack; its words are above."
  say "The stack is stopped. Its data stays: ./start.sh goes on with it, ./stop.sh --clean removes it."
}

remove_all() {
  docker compose --env-file "$env_file" --profile test down -v --remove-orphans || fail "Docker could not remove the stack; its words are above."
  say "The stack is stopped and its data is gone. .env stays: delete it to have new secrets at the next start."
}

main() {
  read_options "$@"
  need_docker
  [ -f .env ] || env_file=.env.example # to stop, any values do
  if [ -n "$clean" ]; then
    remove_all
  else
    stop_services
  fi
}

main "$@"
