#!/usr/bin/env bash
# Makes the topics of topics.tsv and registers the schemas of the events. The command of the container kafka-init, which ends when it is done (image confluentinc/cp-kafka:
# kafka-topics, kafka-configs, curl; no jq). Safe to run again at any time: what stands already stays, what the table says differently is changed.
#
# KAFKA_BOOTSTRAP       Default kafka-1:29092,kafka-2:29092,kafka-3:29092
# SCHEMA_REGISTRY_URL   Default http://schema-registry:8081; empty: no schemas are registered
# CAAS_REPLICATION, CAAS_MIN_ISR   Copies of each record and how many must have it before it is acknowledged. Default 3 and 2
# CAAS_INIT_TIMEOUT     The longest that all of it may take, in seconds. Default 180
#
# Schemas: the subject is the event's type, which is the record's name (RecordNameStrategy), because a topic carries several types and a type goes to several topics. They
# may change so that readers of every earlier version understand the new one (FORWARD_TRANSITIVE): fields are added, and none is taken away or changed.
set -euo pipefail

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bootstrap=${KAFKA_BOOTSTRAP:-kafka-1:29092,kafka-2:29092,kafka-3:29092}
registry=${SCHEMA_REGISTRY_URL-http://schema-registry:8081}
registry=${registry%/}
replication=${CAAS_REPLICATION:-3}
min_isr=${CAAS_MIN_ISR:-2}
timeout=${CAAS_INIT_TIMEOUT:-180}
pause=${CAAS_INIT_PAUSE:-2}

say() { echo "kafka-init: $1"; }

fail() {
  echo "kafka-init: $1" >&2
  exit 1
}

case $timeout$replication$min_isr in
  *[!0-9]*) fail "CAAS_INIT_TIMEOUT, CAAS_REPLICATION and CAAS_MIN_ISR must be whole numbers." ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Without these a tool waits a minute for a broker that is away.
printf 'request.timeout.ms=8000\ndefault.api.timeout.ms=15000\n' >"$work/client.properties"
SECONDS=0
said=-10

# wait_for WHAT TO_DO: pauses before the next try, or ends where the time is up; every 10 s it says what it waits for.
wait_for() {
  [ "$SECONDS" -lt "$timeout" ] || fail "$1 within $timeout s: $2"
  if [ $((SECONDS - said)) -ge 10 ]; then
    said=$SECONDS
    say "waiting: $1 yet ($((timeout - SECONDS)) s left)"
  fi
  sleep "$pause"
}

# kafka TOOL ARGUMENT…: tries until it works; what it printed is in $work/out.
kafka() {
  local tool=$1 reason
  shift
  until timeout 60 "$tool" --bootstrap-server "$bootstrap" --command-config "$work/client.properties" "$@" >"$work/out" 2>&1; do
    # The exception says more than the stack behind it and the warnings before it.
    reason=$(grep -m 1 -E '^(Error|Exception|Caused by)|Exception:' "$work/out" || tail -n 1 "$work/out" || true)
    wait_for "Kafka did not do '$tool $*' (${reason:-no answer})" "look at 'docker compose ps' and at 'docker compose logs kafka-1'."
  done
}

declare -A partitions_of copies_of configs_of
# What stands in Kafka, by one call: a start of a Java tool takes seconds.
look() {
  local line name
  kafka kafka-topics --describe
  partitions_of=() copies_of=() configs_of=()
  while IFS= read -r line; do
    if [[ $line =~ ^Topic:\ ([^[:space:]]+).*PartitionCount:\ ([0-9]+).*ReplicationFactor:\ ([0-9]+).*Configs:\ ?([^[:space:]]*) ]]; then
      name=${BASH_REMATCH[1]}
      partitions_of[$name]=${BASH_REMATCH[2]}
      copies_of[$name]=${BASH_REMATCH[3]}
      configs_of[$name]=,${BASH_REMATCH[4]},
    fi
  done <"$work/out"
}

names=() partitions=() configs=()
while IFS=$'\t' read -r name count retention cleanup rest; do
  case $name in '' | '#'*) continue ;; esac
  [[ $name =~ ^[a-z.]+$ && $count =~ ^[1-9][0-9]*$ && $retention =~ ^(-1|[0-9]+)$ && $cleanup =~ ^(delete|compact)$ && -z $rest ]] ||
    fail "topics.tsv has a line that is none: '$name'. It needs name, partitions, retention and cleanup, with tabs between them."
  names+=("$name")
  partitions+=("$count")
  configs+=("cleanup.policy=$cleanup,min.insync.replicas=$min_isr,retention.ms=$retention")
done <"$folder/topics.tsv"

look
made=0
for i in "${!names[@]}"; do
  [ -z "${partitions_of[${names[i]}]:-}" ] || continue
  set -f # one argument for each setting
  # shellcheck disable=SC2086
  kafka kafka-topics --create --if-not-exists --topic "${names[i]}" --partitions "${partitions[i]}" --replication-factor "$replication" --config ${configs[i]//,/ --config }
  set +f
  say "topic ${names[i]} is made: ${partitions[i]} partitions, ${configs[i]}"
  made=$((made + 1))
done

# Again where something was made: a service may have made it first, in its own way.
[ "$made" -eq 0 ] || look
for i in "${!names[@]}"; do
  name=${names[i]}
  have=${partitions_of[$name]:-0}
  if [ "$have" -eq 0 ]; then
    fail "topic $name was made and is not there: look at 'docker compose logs kafka-1', then run this again."
  elif [ "$have" -lt "${partitions[i]}" ]; then
    kafka kafka-topics --alter --topic "$name" --partitions "${partitions[i]}"
    say "topic $name now has ${partitions[i]} partitions instead of $have"
  elif [ "$have" -gt "${partitions[i]}" ]; then
    say "topic $name keeps its $have partitions: they cannot be lowered to ${partitions[i]}"
  fi
  [ "${copies_of[$name]}" -eq "$replication" ] ||
    say "topic $name has ${copies_of[$name]} copies, not $replication: change that by kafka-reassign-partitions"
  for config in ${configs[i]//,/ }; do
    if [[ ${configs_of[$name]} != *",$config,"* ]]; then
      kafka kafka-configs --alter --entity-type topics --entity-name "$name" --add-config "${configs[i]}"
      say "topic $name now has ${configs[i]}"
      break
    fi
  done
done
say "${#names[@]} topics stand"

if [ -z "$registry" ]; then
  say "done, without schemas"
  exit 0
fi

# ask METHOD PATH: the body comes on standard input. Prints the status; the answer is in $work/answer.
ask() {
  : >"$work/answer"
  curl -s -o "$work/answer" -w '%{http_code}' --max-time 15 -X "$1" -H 'Content-Type: application/vnd.schemaregistry.v1+json' --data-binary @- "$registry$2" || true
}

# json_string FILE: its text as a JSON string.
json_string() {
  local text
  IFS= read -r -d '' text <"$1" || true
  local slash="\\\\" quote='\"' newline='\n' return='\r' tab='\t'
  text=${text//\\/"$slash"}
  text=${text//\"/"$quote"}
  text=${text//$'\n'/"$newline"}
  text=${text//$'\r'/"$return"}
  text=${text//$'\t'/"$tab"}
  printf '"%s"' "$text"
}

# send METHOD PATH BODY WHAT: tries while the registry is away or ill; what it refuses is told.
send() {
  local status
  while true; do
    status=$(printf '%s' "$3" | ask "$1" "$2")
    case $status in
      200) return ;;
      409) fail "$4 differs from a registered version so that readers of that one would not understand it: add fields, and take none away ($(head -c 300 "$work/answer" | tr -s '[:space:]' ' '))." ;;
      4*) fail "the schema registry refuses $4 with $status: $(head -c 300 "$work/answer" | tr -s '[:space:]' ' ')" ;;
      *) wait_for "the schema registry at $registry did not take $4 (status $status)" "look at 'docker compose logs schema-registry', then run this again." ;;
    esac
  done
}

registered=0
for file in "$folder"/schemas/*.json; do
  subject=${file##*/}
  subject=${subject%.json}
  send PUT "/config/$subject" '{"compatibility":"FORWARD_TRANSITIVE"}' "the rule of $subject"
  send POST "/subjects/$subject/versions" "{\"schemaType\":\"JSON\",\"schema\":$(json_string "$file")}" "the schema $subject"
  registered=$((registered + 1))
done
say "$registered schemas are registered at $registry"
say "done"
