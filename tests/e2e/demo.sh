#!/usr/bin/env bash
# The first example from nothing to nothing, against a simulated AWS on this machine: lint, plan,
# apply, a change by hand that the controller takes back, destroy. Needs the AWS CLI.
#
# usage: demo.sh PROGRAM
set -euo pipefail

program=$(realpath "${1:?usage: demo.sh PROGRAM}")
example=$(realpath "$(dirname "$0")/../../examples/lambda-rds-proxy")
if ! command -v aws >/dev/null; then
  echo "The AWS CLI is missing; ./dev deps installs it." >&2
  exit 77
fi

folder=$(mktemp -d)
simulator='' controller=''
clean_up() {
  local status=$?
  trap - EXIT
  for process in $controller $simulator; do
    kill "$process" 2>/dev/null || true
    wait "$process" 2>/dev/null || true
  done
  rm -rf "$folder"
  if ((status != 0)); then
    echo "The demo failed (exit status $status)." >&2
  fi
  exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

bold='' dim='' plain=''
if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
  bold=$'\033[1m' dim=$'\033[2m' plain=$'\033[0m'
fi
heading() {
  printf '\n%s── %s%s\n' "$bold" "$1" "$plain"
}
# Shows a command as one would type it, then runs it.
show() {
  printf '%s$ %s%s\n' "$dim" "${*/#$program/plumbline}" "$plain"
}
typed() {
  show "$@"
  "$@"
}
# wait_for SECONDS COMMAND…: until the command succeeds.
wait_for() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    if ((SECONDS >= end)); then
      echo "waited in vain for: $*" >&2
      return 1
    fi
    sleep 0.1
  done
}

# Nothing of your own AWS set-up is used, and nothing outside this machine is reached.
for name in $(compgen -e AWS_) $(compgen -e PLUMBLINE_); do
  unset "$name"
done
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_PAGER=''
export DB_PASSWORD='correct-horse-battery'

"$program" simulate --listen 127.0.0.1:0 --time-scale 200 >"$folder/simulator.log" 2>&1 &
simulator=$!
wait_for 10 grep -q PLUMBLINE_TIME_SCALE "$folder/simulator.log"
eval "$(grep '^  export ' "$folder/simulator.log")"
export AWS_DEFAULT_REGION=$AWS_REGION # version 1 of the AWS CLI knows this name alone
mkdir "$folder/stack"
cp -r "$example/manifest.yaml" "$example/src" "$folder/stack"
cd "$folder/stack"

heading "A simulated AWS on this machine, 200 times as fast"
echo "It answers at $AWS_ENDPOINT_URL, knows one key, and is empty."

heading "lint: what is wrong with the manifest, before any call is made"
typed "$program" lint manifest.yaml

heading "plan: what would change (the whole text: examples/lambda-rds-proxy/expected-plan.txt)"
typed "$program" plan manifest.yaml | grep -E '^(\S*\$|  [^ ]|Plan:)'

heading "apply: do it, and wait until it can be used"
typed "$program" apply --yes manifest.yaml | sed -n '1p; /^Plan:/,$p'

heading "apply again: nothing to do"
typed "$program" apply --yes manifest.yaml | tee "$folder/again"
grep -q '^No changes' "$folder/again"

heading "controller: from now on it stays that way"
show "$program" controller --interval 2s manifest.yaml
"$program" controller --interval 2s --listen 127.0.0.1:0 manifest.yaml \
  >"$folder/controller.log" 2>&1 &
controller=$!
wait_for 10 grep -q 'plan: ' "$folder/controller.log"
cat "$folder/controller.log"
shown=$(wc -l <"$folder/controller.log")

heading "somebody opens the database to the world, by hand"
group=$(aws ec2 describe-security-groups --filters Name=group-name,Values=db \
  --query 'SecurityGroups[0].GroupId' --output text)
open_rules() {
  aws ec2 describe-security-groups --group-ids "$group" --output text \
    --query "length(SecurityGroups[0].IpPermissions[].IpRanges[?CidrIp=='0.0.0.0/0'][])"
}
typed aws ec2 authorize-security-group-ingress --group-id "$group" \
  --protocol tcp --port 3306 --cidr 0.0.0.0/0 --query Return --output text

heading "the controller finds the rule and takes it away"
wait_for 20 grep -q 'securityGroups.db: updated' "$folder/controller.log"
tail -n "+$((shown + 1))" "$folder/controller.log"
[[ $(open_rules) == 0 ]]
echo "Rules of $group that are open to the world: 0"

heading "status: what the running controller sees (the same at its /v1/status, /metrics and /)"
typed "$program" status manifest.yaml
kill -TERM "$controller"
wait "$controller"
controller=''

heading "destroy: in reverse order"
typed "$program" destroy --yes manifest.yaml | sed -n '1p; /^Plan:/,$p'

heading "nothing is left"
typed "$program" status manifest.yaml
left=$(aws ec2 describe-vpcs --query 'length(Vpcs)' --output text)
left+=" $(aws rds describe-db-instances --query 'length(DBInstances)' --output text)"
left+=" $(aws iam list-roles --query 'length(Roles)' --output text)"
left+=" $(aws lambda list-functions --query 'length(Functions)' --output text)"
echo "VPCs, databases, roles and functions that AWS lists: $left"
[[ $left == "0 0 0 0" ]]
