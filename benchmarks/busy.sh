#!/usr/bin/env bash
# Times the default run of finetune.sh on a quiet machine and next to a process that computes all the time; then both again with
# OpenMP's own policy, under which waiting threads spin for milliseconds.
# Usage: benchmarks/busy.sh [OUT]      STEPS=40 trains 40 steps instead of the whole example.
# Runs on two cores (CORES=0,1), to which the other process is bound too. Other programs disturb the measurement.
# Fails if the busy run takes more than LIMIT (2.2) times as long as the quiet one.
set -uo pipefail

cd "$(dirname "$0")/.." || exit 1
out=${1:-out/busy}
cores=${CORES:-0,1}
mkdir -p "$out"
./litre --version >/dev/null || exit 1 # builds once
unset OMP_WAIT_POLICY GOMP_SPINCOUNT KMP_BLOCKTIME
other=
trap '[ -z "$other" ] || kill "$other" 2>/dev/null' EXIT

# Prints the seconds of one run. Arguments: NAME, then environment settings.
run() {
  local name=$1 began code
  shift
  rm -rf "${out:?}/$name"
  began=$(date +%s.%N)
  env "$@" taskset -c "$cores" bash finetune.sh --output "$out/$name" --feature-disk 0 \
    ${STEPS:+--max-steps "$STEPS" --eval none} >"$out/$name.log" 2>&1
  code=$?
  # 1 is an adapter that is not proven better, as after few steps.
  [ $code -le 1 ] || { echo "busy: the run failed with $code: $out/$name.log" >&2; exit 1; }
  awk "BEGIN { printf \"%.1f\", $(date +%s.%N) - $began }"
}

pair() {
  local name=$1 quiet busy
  shift
  quiet=$(run "$name-quiet" "$@") || exit 1
  taskset -c "$cores" bash -c 'while :; do :; done' &
  other=$!
  busy=$(run "$name-busy" "$@") || exit 1
  kill "$other"
  wait "$other" 2>/dev/null
  other=
  ratio=$(awk "BEGIN { printf \"%.2f\", $busy / $quiet }")
  printf '%-28s %8s %8s %8s\n' "$name" "$quiet" "$busy" "$ratio"
}

printf '%-28s %8s %8s %8s\n' 'seconds' quiet busy ratio
pair litre LITRE_BUSY=1
ours=$ratio
pair openmp-default GOMP_SPINCOUNT=300000
awk "BEGIN { exit !($ours <= ${LIMIT:-2.2}) }" || { echo "busy: $ours times the quiet run, at most ${LIMIT:-2.2} is allowed"; exit 1; }
