# shellcheck shell=bash
# What start.sh, stop.sh and test.sh share. Runs on the bash 3.2 of macOS. eng/stack.ps1 is the same for PowerShell, line by line.

export LC_ALL=C # [a-z] means a to z

say() { printf '%s\n' "$1"; }

# One sentence on standard error, and the end.
fail() {
  printf '%s\n' "$1" >&2
  exit "${2:-1}"
}

need_docker() {
  local answer version
  command -v docker >/dev/null || fail "Docker is not installed: get it from https://docs.docker.com/get-docker/ and run this again."
  if ! answer=$(docker version --format '{{.Server.Os}}' 2>&1); then
    case "$answer" in
      *'ermission denied'*) fail "You may not use Docker's engine: join the group docker (sudo usermod -aG docker NAME), sign in again and run this again." ;;
      *) fail "Docker's engine does not answer: start Docker Desktop (on a server: sudo systemctl start docker) and run this again." ;;
    esac
  fi
  case "$answer" in
    *windows*) fail "Docker runs Windows containers: switch Docker Desktop to Linux containers and run this again." ;;
  esac
  version=$(docker compose version --short 2>/dev/null) || version=''
  version=${version#v}
  case "${version%%.*}" in
    '' | 0 | 1 | *[!0-9]*) fail "Docker has no 'docker compose' of version 2 or newer: install it as https://docs.docker.com/compose/install/ says and run this again." ;;
  esac
}

# A line for each container: service, status, health, exit code, restarts, when it was started.
# 'docker compose ps --format' with a template came with 2.21 only; this works with every version 2.
service_states() {
  local ids
  ids=$(docker compose ps -a -q 2>/dev/null) || ids=''
  [ -n "$ids" ] || return 0
  # shellcheck disable=SC2016,SC2086 # backquotes of the template, not of the shell; one word for each id
  docker inspect --format '{{index .Config.Labels `com.docker.compose.service`}} {{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}} {{.State.ExitCode}} {{.RestartCount}} {{.State.StartedAt}}' $ids 2>/dev/null || true
}
