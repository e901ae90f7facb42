#!/usr/bin/env bash
# Starts the stack of docker-compose.yml and waits until all of it is ready. start.ps1 is the same for PowerShell, line by line.
set -euo pipefail
unset CDPATH
cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source=eng/stack.sh
. eng/stack.sh
# shellcheck source=eng/env-file.sh
. eng/env-file.sh

build='' clean=''
timeout=${CAAS_START_TIMEOUT:-300} poll=${CAAS_POLL_SECONDS:-2}
one_shots='mongodb-init kafka-init' # end with exit code 0; all others run on
services=''    # all of the stack, one a line
baseline=''    # their states before this start
starting=''    # the process of 'docker compose up', while it runs
started=''     # that it has done its part
docker_words='' # the file with what it says
conditions=''  # of all services, one a line
not_ready=''   # services, with commas
shown=''       # the conditions that were told last

usage() {
  say "Usage: ./start.sh [--build] [--clean] [--help]"
  say "Starts the whole stack with Docker, waits until it is ready and tells where everything is."
  say "  --build   build the images of CaaS again first (after a change of the code)"
  say "  --clean   remove containers and volumes first: all data goes"
  say "CAAS_START_TIMEOUT is how long it waits for the services, in seconds (300)."
}

read_options() {
  local option
  for option in "$@"; do
    case "$option" in
      --build) build=yes ;;
      --clean) clean=yes ;;
      --help | -h) usage && exit 0 ;;
      *) fail "Unknown option ${option}: see ./start.sh --help." 2 ;;
    esac
  done
  case "$timeout" in
    '' | *[!0-9]*) fail "CAAS_START_TIMEOUT must be a whole number of seconds, not '${timeout}'." 2 ;;
  esac
}

# New secrets do not open data that was made with others.
refuse_data_without_env() {
  local project
  project=$(docker compose --env-file .env.example config 2>/dev/null | sed -n 's/^name: //p') || project=''
  if [ -n "$project" ] && [ -n "$(docker volume ls -q --filter "label=com.docker.compose.project=${project}")" ]; then
    fail "There is data of an earlier start but no .env with its passwords: put that .env back, or run ./start.sh --clean to begin anew without the data."
  fi
}

remove_all() {
  say "Removing containers and volumes: the data goes."
  docker compose --profile test down -v --remove-orphans || fail "Docker could not remove the stack; its words are above."
}

build_images() {
  say "Building the images."
  docker compose build || fail "The images could not be built; Docker's words are above. Mend that and run ./start.sh --build again."
}

# Fetches and builds what is missing, without a limit of time: a first download may be slow.
create_containers() {
  say "Fetching and building what is missing (some minutes at the first time)."
  docker compose up --no-start || fail "Docker could not make the containers; its words are above. Where an image was not built, mend what its last lines say; else it is mostly the network, a full disk, or another Docker network on 172.28.0.0/16 (docker network ls)."
  services=$(docker compose config --services)
}

start_services() {
  say "Starting the services."
  docker_words=$(mktemp "${TMPDIR:-/tmp}/caas-start.XXXXXX")
  baseline=$(service_states)
  docker compose up -d >"$docker_words" 2>&1 </dev/null &
  starting=$!
}

wait_for_services() {
  local states refused=''
  SECONDS=0
  while :; do
    if [ -n "$starting" ] && ! kill -0 "$starting" 2>/dev/null; then
      if wait "$starting"; then started=yes; else refused=yes; fi
      starting=''
    fi
    [ -z "$refused" ] || explain_port_in_use
    states=$(service_states) || true
    look_at_services "$states"
    [ -z "$refused" ] || explain_refusal
    show_progress
    [ -n "$not_ready$starting" ] || break
    [ "$SECONDS" -lt "$timeout" ] || give_up
    sleep "$poll"
  done
  end_progress
}

# Tells what each service is doing; ends with the first that is broken.
look_at_services() { # STATES
  local service condition
  conditions=$'\n' not_ready='' ready=0 total=0
  for service in $services; do
    condition=$(condition_of "$service" "$1")
    case "$condition" in
      broken*) broken "$service" "${condition#broken }" ;;
      ready) ready=$((ready + 1)) ;;
      *) not_ready="${not_ready:+$not_ready, }${service} (${condition})" ;;
    esac
    total=$((total + 1))
    conditions="${conditions}${service}: ${condition}"$'\n'
  done
}

# One of: ready, waiting, starting, unhealthy, running, broken and why.
condition_of() { # SERVICE STATES
  local line name status=missing health=none code=0 restarts=0 rest one_shot='' old=''
  while IFS= read -r line; do
    [ "${line%% *}" = "$1" ] || continue
    read -r name status health code restarts rest <<<"$line"
    case "$baseline" in *"$line"*) old=yes ;; esac
    break
  done <<<"$2"
  case " $one_shots " in *" $1 "*) one_shot=yes ;; esac

  case "$status" in
    exited | dead)
      if [ -n "$old" ] && [ -z "$started" ]; then
        echo waiting # it ended before this start
      elif [ -n "$one_shot" ] && [ "$code" -eq 0 ]; then
        echo ready
      else
        echo "broken ended with exit code ${code}"
      fi
      ;;
    running | restarting)
      if [ "$restarts" -ge 3 ] && [ "$health" != healthy ] && [ -z "$old" ]; then
        echo "broken crashes again and again, last with exit code ${code}" # once or twice Docker may mend it by itself
      elif [ "$status$one_shot" = running ] && { [ "$health" = healthy ] || [ "$health" = none ]; }; then
        echo ready
      elif [ "$status" = restarting ] || [ "$health" = none ]; then
        echo "$status"
      else
        echo "$health"
      fi
      ;;
    *) echo waiting ;;
  esac
}

broken() { # SERVICE WHY
  local memory=''
  end_progress
  case "$2" in *' 137') memory=' That code mostly means too little memory: give Docker more.' ;; esac
  show_logs "$1"
  fail "${1} ${2}; its last words are above.${memory} Mend that and run ./start.sh again."
}

show_logs() { # SERVICE
  say "--- the last lines of ${1}:"
  docker compose logs --no-color --tail 20 "$1" 2>&1 || true
  say "---"
}

explain_port_in_use() {
  local port
  port=$(sed -n -E '/already in use|already allocated|not available|access permissions/s/.*(Bind for|listen tcp[46]?|host port|host port for|exposing port TCP) (\[[^]]*\]|[0-9.]+|::):([0-9]+).*/\3/p' "$docker_words" | head -n 1)
  [ -n "$port" ] || return 0
  end_progress
  fail "Port ${port} of this machine is in use: stop the program that uses it (an earlier stack too: ./stop.sh) and run ./start.sh again."
}

# 'docker compose up' gave up, and no container has ended.
explain_refusal() {
  local service
  end_progress
  for service in $services; do
    case "$conditions" in
      *$'\n'"${service}: unhealthy"*)
        show_logs "$service"
        fail "${service} does not become healthy; its last words are above. Mend that and run ./start.sh again."
        ;;
    esac
  done
  say "--- the last lines of docker compose up:"
  tail -n 10 "$docker_words"
  say "---"
  fail "Docker could not start the services; its words are above. Mend that and run ./start.sh again."
}

give_up() {
  local service whom=${not_ready:-the start itself}
  end_progress
  for service in $services; do
    case "$conditions" in
      *$'\n'"${service}: ready"* | *$'\n'"${service}: waiting"*) ;;
      *) show_logs "$service" ;;
    esac
  done
  fail "Not ready after ${timeout} s: ${whom}. The containers go on running: run ./start.sh again to wait on, set CAAS_START_TIMEOUT to wait longer, or look with docker compose logs."
}

# On a terminal one line that changes, elsewhere a line for each change.
show_progress() {
  local line width
  if [ -t 1 ]; then
    width=$(tput cols 2>/dev/null) || width=80
    line="${SECONDS} s: ${ready} of ${total} ready. ${not_ready}"
    printf '\r%s\033[K' "${line:0:$((width - 1))}"
    return
  fi
  while IFS= read -r line; do
    case "$shown" in *$'\n'"$line"$'\n'*) continue ;; esac
    case "$line" in '' | *': waiting') continue ;; esac
    say "  ${SECONDS} s  ${line}"
  done <<<"$conditions"
  shown=$conditions
}

end_progress() { [ ! -t 1 ] || printf '\n'; }

# From this machine, as a client does.
check_addresses() {
  check_address gateway 3000
  check_address socket-service-1 3002
  check_address socket-service-2 3003
}

check_address() { # SERVICE PORT
  local try
  for try in 1 2 3 4 5; do
    answers "http://localhost:${2}/health" "$2" && return 0
    [ "$try" -eq 5 ] || sleep "$poll"
  done
  fail "${1} is healthy, but http://localhost:${2}/health does not answer from this machine: look for a firewall, a VPN or another program on port ${2}."
}

answers() { # URL PORT
  local line=''
  if command -v curl >/dev/null; then
    curl -fsS --noproxy '*' --max-time 5 -o /dev/null "$1" 2>/dev/null
    return
  fi
  # No curl here: bash can speak as much HTTP as this takes.
  { exec 3<>"/dev/tcp/localhost/$2"; } 2>/dev/null || return 1
  # It may answer and close before the last line is written.
  printf 'GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n' 2>/dev/null >&3 || true
  read -r -t 5 line <&3 || true
  exec 3<&-
  case "$line" in 'HTTP/'*' 200'*) return 0 ;; *) return 1 ;; esac
}

tell_where() {
  say ""
  say "CaaS is up."
  say "  API                 http://localhost:3000 (to try in the browser: http://localhost:3000/docs)"
  say "  Realtime            http://localhost:3002 and http://localhost:3003"
  say "  Metrics             http://localhost:3001/metrics"
  say "  Kafka UI            http://localhost:8080"
  say "  Schema registry     http://localhost:8081"
  say "  Mongo Express       http://localhost:8082 (MONGO_EXPRESS_USER and MONGO_EXPRESS_PASSWORD of .env)"
  say "  Redis Commander     http://localhost:8083 (the same)"
  say ""
  say "  The admin key       grep CAAS_ADMIN_KEY .env"
  say "  Next, a smoke test  ./test.sh"
  say "  Logs                docker compose logs -f gateway"
  say "  Stop, data stays    ./stop.sh"
}

interrupted() {
  trap - INT TERM
  end_progress
  fail "Interrupted: the containers stay as they are. ./start.sh goes on, ./stop.sh stops them." 130
}

leave() {
  if [ -n "$starting" ]; then
    disown "$starting" 2>/dev/null || true # no word about its end
    pkill -P "$starting" 2>/dev/null || true # docker runs compose as a process of its own
    kill "$starting" 2>/dev/null || true
  fi
  [ -z "$docker_words" ] || rm -f "$docker_words"
}

main() {
  read_options "$@"
  trap leave EXIT
  trap interrupted INT TERM
  need_docker
  [ -f .env ] || [ -n "$clean" ] || refuse_data_without_env
  prepare_env
  [ -z "$clean" ] || remove_all
  [ -z "$build" ] || build_images
  create_containers
  start_services
  wait_for_services
  check_addresses
  tell_where
}

main "$@"
