# shellcheck shell=bash
# Makes, completes and checks .env. Which variables there are, which of them are secrets (change_this...) and which must be set
# (those that are not empty) stands in .env.example alone. eng/env-file.ps1 is the same for PowerShell, line by line.

prepare_env() {
  if [ ! -f .env ]; then
    make_env
  else
    complete_env
  fi
  check_env
  warn_of_environment
}

variables() { sed -n 's/^\([A-Z][A-Z0-9_]*\)=.*/\1/p' .env.example; }

# The value of a variable in a file; of several lines the last counts, as for docker compose.
value_of() { # NAME FILE
  sed -n -E "s/^[[:space:]]*(export[[:space:]]+)?$1[[:space:]]*=//p" "$2" | tail -n 1 | tr -d '\r'
}

random_secret() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

# Lines of .env.example with secrets in place of change_this.
with_secrets() {
  local line
  while IFS= read -r line; do
    case "$line" in
      [A-Z]*=change_this*) printf '%s=%s\n' "${line%%=*}" "$(random_secret)" ;;
      *) printf '%s\n' "$line" ;;
    esac
  done
}

make_env() {
  local text
  text=$(with_secrets <.env.example)
  # For this user alone, and never over a file that is there.
  (umask 077 && set -C && printf '%s\n' "$text" >.env) 2>/dev/null || fail "Cannot write ${PWD}/.env: make this folder writable and run this again."
  say "Made .env with random secrets, readable by you alone. Keep it: it belongs to the data."
}

# An older .env lacks what a newer version needs.
complete_env() {
  local name added=''
  for name in $(variables); do
    grep -q -E "^[[:space:]]*(export[[:space:]]+)?${name}[[:space:]]*=" .env && continue
    [ -z "$(tail -c 1 .env)" ] || printf '\n' >>.env
    grep "^${name}=" .env.example | with_secrets >>.env || fail "Cannot write ${PWD}/.env: make this file writable and run this again."
    added="${added} ${name}"
  done
  [ -z "$added" ] || say "Added to .env what this version needs:${added}."
}

check_env() {
  local name value
  for name in $(variables); do
    [ -n "$(value_of "$name" .env.example)" ] || continue # may be empty: off
    value=$(value_of "$name" .env)
    [ -n "$value" ] || fail "${name} in .env is empty: set it (openssl rand -hex 24 makes a secret), or delete the line to have it made, and run this again."
    case "$name" in
      *_URL) check_url "$name" "$value" ;;
      *) check_word "$name" "$value" ;;
    esac
  done
}

check_url() { # NAME VALUE
  case "$2" in
    http://?* | https://?*) ;;
    *) fail "${1} in .env is no address: it must begin with http:// or https://." ;;
  esac
  case "$2" in
    *[\"\'\ ]*) fail "${1} in .env holds a quote or a space: write the bare address." ;;
  esac
}

check_word() { # NAME VALUE
  local least=1
  case "$(printf '%s' "$2" | tr '[:upper:]' '[:lower:]')" in
    *change_this* | *change-this* | *changeme* | *change_me* | *caas_secret_2026*)
      fail "${1} in .env still has its example value: set your own (openssl rand -hex 24 makes one), or delete the line to have it made, and run this again."
      ;;
  esac
  case "$2" in
    *[!A-Za-z0-9_-]*) fail "${1} in .env may hold only letters, digits, - and _, without quotes and spaces: it stands in addresses." ;;
  esac
  case "$1" in
    JWT_SECRET) least=32 ;;
    CAAS_ADMIN_KEY) least=16 ;;
  esac
  [ "${#2}" -ge "$least" ] || fail "${1} in .env is too short: at least ${least} characters (openssl rand -hex 24 makes 48)."
}

# Docker takes the environment before the file: whoever has forgotten a variable there looks for long.
warn_of_environment() {
  local name found=''
  for name in $(variables); do
    [ -z "${!name+set}" ] || found="${found} ${name}"
  done
  [ -z "$found" ] || say "Note: your environment counts more than .env, and sets:${found}."
}
