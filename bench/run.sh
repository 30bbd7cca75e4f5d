#!/usr/bin/env bash
# Measures the program in BUILD_DIR and prints one table: medians, each beside its floor or peer,
# with the figure to reach. It informs and never fails on a figure; see README.md.
set -euo pipefail

usage="usage: bench/run.sh BUILD_DIR [--alone]"
build=$(cd "${1:?$usage}" && pwd)
alone=${2:-}
[[ -z $alone || $alone == --alone ]] || { echo "$usage" >&2; exit 64; }
plumbline=$build/plumbline
tools=$build/bench
runs=${RUNS:-9}

work=$build/bench-work
rm -rf "$work"
mkdir -m 700 "$work"
mkdir "$work/src"
echo 'def handler(event, context): return "ok"' > "$work/src/reader.py"
cd "$work"

servers=()
stop_servers() {
  ((${#servers[@]} == 0)) || kill "${servers[@]}" 2>/dev/null || true
  servers=()
}
trap stop_servers EXIT

export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE
export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
export AWS_REGION=eu-west-1 DB_PASSWORD=correct-horse-battery PLUMBLINE_TIME_SCALE=1000
unset AWS_PROFILE AWS_SESSION_TOKEN PLUMBLINE_STATE

# ---- The table ----

head_row() { printf '\n%-46s %12s  %-26s %14s  %s\n' "$@"; }

# row NAME VALUE UNIT BESIDE RELATION BOUND: RELATION is <=, >= or - for no target.
row() {
  local target="" verdict=""
  if [[ $5 != - ]]; then
    target="$5 $6 $3"
    verdict=$(awk -v v="$2" -v r="$5" -v b="$6" \
      'BEGIN { good = r == "<=" ? v <= b : v >= b; print good ? "ok" : (r == "<=" ? "OVER" : "UNDER") }')
  fi
  printf '%-46s %12s  %-26s %14s  %s\n' "$1" "$2 $3" "$4" "$target" "$verdict"
}

calc() { awk "BEGIN { printf \"%.2f\", $1 }"; }

# measure RUNS COMMAND…: sets wall, cpu (ms), rss (MiB) and status.
measure() { read -r wall cpu rss status < <("$tools/bench_meter" "$@"); }

# ---- Offline ----

measure_start() {
  measure 51 "$plumbline" --version
  row "start: --version, wall" "$wall" ms "cpu $cpu ms" "<=" 10
  strip -o stripped "$plumbline"
  row "size of the stripped program" "$(calc "$(stat -c %s stripped) / 1048576")" MiB "" "<=" 15
  rm stripped
}

measure_lint() {
  local shape floor bound ten_thousand
  for shape in network path; do
    "$tools/bench_manifest" "$shape" 1000 > "$shape-1000.yaml"
    "$tools/bench_manifest" "$shape" 10000 > "$shape-10000.yaml"
    measure "$runs" "$tools/bench_yaml_floor" "$shape-1000.yaml"
    floor=$wall
    measure "$runs" "$plumbline" lint "$shape-1000.yaml"
    row "lint 1,000 ($shape), wall" "$wall" ms "bare YAML events $floor ms" "<=" 40
    row "lint 1,000 ($shape), CPU" "$cpu" ms "" - 0
    row "lint 1,000 ($shape), peak memory" "$rss" MiB "" "<=" 32
    measure "$runs" "$tools/bench_yaml_floor" "$shape-10000.yaml"
    floor=$wall
    bound=$(calc "1.5 * $floor + 100")
    measure "$runs" "$plumbline" lint "$shape-10000.yaml"
    row "lint 10,000 ($shape), wall" "$wall" ms "bare YAML events $floor ms" "<=" "$bound"
    [[ $shape != network ]] || ten_thousand=$wall
    row "lint 10,000 ($shape), peak memory" "$rss" MiB "" - 0
  done
  # A file may not be that large; a folder of a file for each section may.
  mkdir network-100000
  "$tools/bench_manifest" network 100000 |
    awk '/^[a-zA-Z]+:$/ { part++ } { print > sprintf("network-100000/part-%02d.yaml", part) }'
  measure 3 "$plumbline" lint network-100000
  row "lint 100,000 (network), of ten times 10,000" "$(calc "$wall / 10 / $ten_thousand")" x \
    "wall $wall ms" - 0
  rm -r network-100000
}

# micro NAME: median CPU nanoseconds of a micro-benchmark.
micro() { awk -F, -v name="\"$1_median\"" '$1 == name { printf "%.0f", $4 }' micro.csv; }

# measure_micro FILTER: runs those micro-benchmarks into micro.csv.
measure_micro() {
  "$tools/bench_micro" --benchmark_filter="$1" --benchmark_repetitions="$runs" \
    --benchmark_min_time=0.05 --benchmark_report_aggregates_only=true \
    --benchmark_format=csv > micro.csv 2> micro.log
}

measure_signing() {
  local size floor raw took
  measure_micro '^sign'
  for size in 200/0 200/800 4000/800; do
    took=$(micro "sign/$size") floor=$(micro "sign_floor/$size") raw=$(micro "sign_floor_raw/$size")
    row "signatures, body/token $size B, of the floor" "$(calc "$floor / $took")" x \
      "$took ns, floor $floor ns" ">=" 0.5
    row "  of OpenSSL's bare calls" "$(calc "$raw / $took")" x "bare $raw ns" - 0
  done
}

measure_codec() {
  measure_micro '^decode_page'
  row "decode a page of 1,000 rows" "$(calc "$(micro decode_page/1000) / 1e6")" ms \
    "bare XML parse $(calc "$(micro decode_page_floor/1000) / 1e6") ms" - 0
}

measure_journal() {
  local group took floor
  measure_micro '^commit_calls'
  for group in 1 10 50; do
    floor=(- 0)
    ((group > 1)) || floor=(">=" 500)
    # Real time: the disk is what is waited for.
    took=$(awk -F, -v name="\"commit_calls/$group/real_time_median\"" \
      '$1 == name { print $3 }' micro.csv)
    row "journal, $group calls a commit" "$(calc "$group * 1e9 / $took")" calls/s \
      "two commits: $(calc "$took / 1e6") ms" "${floor[@]}"
  done
}

# ---- Against a simulated AWS ----

# start_simulator FLAGS…
start_simulator() {
  : > simulator.log  # Of the one before, whose address must not be read.
  "$plumbline" simulate --listen 127.0.0.1:0 --time-scale 1000 "$@" > simulator.log 2>&1 &
  servers+=($!)
  until grep -q 'http://' simulator.log; do sleep 0.05; done
  AWS_ENDPOINT_URL=$(grep -o 'http://127.0.0.1:[0-9]*' simulator.log | head -n 1)
  export AWS_ENDPOINT_URL
}

counter() { grep -ao "\"$1\":[0-9]*" "$2" | tail -n 1 | cut -d: -f2; }

# measure_plan WORLD: apply once, then plan again and again with nothing to change.
measure_plan() {
  local world=$1 flags=(--state "$work/$1/state.db" network-1000.yaml)
  mkdir -m 700 "$world"
  "$plumbline" apply --yes --quiet --format json "${flags[@]}" > apply.json 2> apply.log ||
    { echo "apply against $world failed: see $work/apply.log and apply.json"; return; }
  row "apply 1,000 ($world), changing calls a resource" \
    "$(calc "$(counter mutations apply.json) / 1000")" calls \
    "reads $(counter reads apply.json)" "<=" 1.4
  "$plumbline" plan --quiet --format json "${flags[@]}" > plan.json 2> plan.log
  row "plan 1,000 ($world), API calls" "$(counter reads plan.json)" calls "" "<=" 12
  measure "$runs" "$plumbline" plan --quiet --detailed-exitcode "${flags[@]}"
  ((status == 0)) || echo "  (this plan was not empty: status $status)"
  row "plan 1,000 ($world), own CPU" "$cpu" ms "wall $wall ms" "<=" 100
  row "plan 1,000 ($world), peak memory" "$rss" MiB "" "<=" 40
}

# What the journal takes of an apply whose calls take as long as AWS's do: one after another, and ten
# at once, when there is less wall to divide it by.
measure_journal_share() {
  local began took wall calls target
  "$tools/bench_manifest" network 100 > network-100.yaml
  for calls in 1 10; do
    target=("<=" 1)
    ((calls == 1)) || target=(- 0)
    start_simulator --faults delay=50ms
    mkdir -m 700 "slow-$calls"
    began=$(date +%s%N)
    "$plumbline" apply --yes --quiet --format json --parallelism "$calls" \
      --state "$work/slow-$calls/state.db" network-100.yaml > apply.json 2> apply.log ||
      { echo "apply at 50 ms a call failed: see $work/apply.log and apply.json"; return; }
    wall=$((($(date +%s%N) - began) / 1000000))
    took=$(counter commitMs apply.json)
    row "journal, share of an apply, 50 ms a call, $calls at once" "$(calc "100 * $took / $wall")" % \
      "$(counter commits apply.json) commits, $took of $wall ms" "${target[@]}"
    stop_servers
  done
}

# ---- Peers ----

start_moto() {
  local port=5$((RANDOM % 9000 + 1000))
  moto_server -H 127.0.0.1 -p "$port" > moto.log 2>&1 &
  servers+=($!)
  for _ in $(seq 200); do
    ! grep -q 'Running on' moto.log || break
    sleep 0.1
  done
  export AWS_ENDPOINT_URL=http://127.0.0.1:$port
}

find_mirror() {
  local folder
  for folder in "${TF_PLUGIN_MIRROR:-}" /opt/tf-plugins /usr/share/terraform/plugins \
    /usr/local/share/terraform/plugins "$HOME/.terraform.d/plugins"; do
    if [[ -n $folder && -d $folder/registry.terraform.io/hashicorp/aws ]]; then
      echo "$folder"
      return
    fi
  done
}

measure_terraform() {
  local mirror
  mirror=$(find_mirror)
  if [[ -z $mirror ]] || ! command -v terraform > /dev/null; then
    echo "terraform or its AWS provider is not installed: left out (TF_PLUGIN_MIRROR names a folder)"
    return
  fi
  mkdir terraform
  "$tools/bench_manifest" terraform 1000 > terraform/main.tf
  printf 'provider_installation {\n  filesystem_mirror {\n    path = "%s"\n  }\n}\n' "$mirror" \
    > terraform/settings.rc
  export TF_CLI_CONFIG_FILE=$work/terraform/settings.rc CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1
  export TF_VAR_endpoint=$AWS_ENDPOINT_URL
  if ! { terraform -chdir=terraform init -input=false &&
    terraform -chdir=terraform apply -auto-approve -input=false; } > terraform.log 2>&1; then
    echo "terraform failed: see $work/terraform.log"
    return
  fi
  measure 3 terraform -chdir=terraform plan -input=false -detailed-exitcode
  ((status == 0)) || echo "  (terraform's plan was not empty: status $status)"
  row "terraform plan 1,000 (moto), own CPU" "$cpu" ms "wall $wall ms" - 0
  row "terraform plan 1,000 (moto), peak of a process" "$rss" MiB "" - 0
}

# 500 resources are the most that one template may hold.
measure_cfn_lint() {
  if ! command -v cfn-lint > /dev/null; then
    echo "cfn-lint is not installed: left out"
    return
  fi
  "$tools/bench_manifest" cloudformation 500 > template.yaml
  "$tools/bench_manifest" network 500 > network-500.yaml
  measure "$runs" "$plumbline" lint network-500.yaml
  local ours=$wall
  measure 3 cfn-lint template.yaml
  row "cfn-lint 500, wall" "$wall" ms "plumbline lint 500: $ours ms" - 0
  row "cfn-lint 500, peak memory" "$rss" MiB "" - 0
}

measure_peers() {
  if ! command -v moto_server > /dev/null; then
    echo "moto_server is not installed: left out"
    return
  fi
  start_moto
  measure_plan moto
  stop_servers
  start_moto # Empty again: terraform creates the same resources.
  measure_terraform
}

printf 'Medians of %s runs; load %s\n' "$runs" "$(cut -d' ' -f1-3 /proc/loadavg)"
head_row figure median "beside" target ""
measure_start
measure_lint
measure_signing
measure_codec
measure_journal
start_simulator
measure_plan simulator
stop_servers
measure_journal_share
if [[ -z $alone ]]; then
  measure_cfn_lint
  measure_peers
fi
