#!/usr/bin/env bash
# Runs the smoke test against the running stack, as a container in its network. test.ps1 is the same for PowerShell, line by line.
set -euo pipefail
unset CDPATH
cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source=eng/stack.sh
. eng/stack.sh

build=''

usage() {
  say "Usage: ./test.sh [--build] [--help]"
  say "Sends messages from replica to replica of the running stack. Exits with 0 when all arrive."
  say "  --build   build the test's image again first (after a change of the test)"
}

read_options() {
  local option
  for option in "$@"; do
    case "$option" in
      --build) build=yes ;;
      --help | -h) usage && exit 0 ;;
      *) fail "Unknown option ${option}: see ./test.sh --help." 2 ;;
    esac
  done
}

need_stack() {
  local service states
  [ -f .env ] || fail "There is no .env, so the stack was never started: run ./start.sh first."
  states=$(service_states)
  for service in gateway socket-service-1 socket-service-2; do
    case "$states" in
      *"${service} running healthy"* | *"${service} running none"*) ;;
      *) fail "The stack is not up, ${service} is not running and healthy: run ./start.sh first." ;;
    esac
  done
}

build_image() {
  docker compose --profile test build smoke-test || fail "The image of the test could not be built; Docker's words are above."
}

run_test() {
  local code=0
  docker compose --profile test run --rm --no-deps smoke-test || code=$?
  if [ "$code" -ne 0 ]; then
    fail "The smoke test failed with exit code ${code}; what it found is above." "$code"
  fi
  say "The smoke test passed."
}

main() {
  read_options "$@"
  need_docker
  need_stack
  [ -z "$build" ] || build_image
  run_test
}

main "$@"
