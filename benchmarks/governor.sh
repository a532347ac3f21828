#!/usr/bin/env bash
# Proves that a run under the governor shrinks, pauses, resumes, and ends with the losses of an undisturbed run.
# Usage: benchmarks/governor.sh simulated|machine|group|hang
#   simulated  files in place of /proc report that memory is short
#   machine    floors just below this machine's available memory, and a process that really consumes it
#   group      the same in a memory-limited control group (version 2, as root); reports it and exits with 0 if not permitted
#   hang       a training process that is frozen (SIGSTOP) while memory is short is stopped
# LITRE is the program (default ./litre), STEPS the number of steps per run. Everything is written to OUT (default: a temporary
# folder, removed on success).
set -uo pipefail

cd "$(dirname "$0")/.." || exit 1
root=$PWD
mode=${1:-}
case $mode in simulated | machine | group | hang) ;; *)
  sed -n '2,8s/^# \{0,1\}//p' "$0"
  exit 2
  ;;
esac
command -v jq >/dev/null || { echo "governor: jq is not installed"; exit 2; }
litre=${LITRE:-$root/litre}
out=${OUT:-$(mktemp -d)}
mkdir -p "$out"
"$litre" --version >/dev/null || exit 1
"$root/benchmarks/small-checkpoint.sh" "$out/small" >"$out/small.txt" || { cat "$out/small.txt"; exit 1; }

steps=400
[ "$mode" = group ] && steps=1500 # more than pass until memory is eaten
steps=${STEPS:-$steps}
run=$out/governed
group=
tune=("$litre" tune --model "$out/small/model" --data "$out/small/data" --seed 7 --eval none --device cpu
  --max-steps $steps --save-steps 1000 --validation-steps 1000 --micro-batch-tokens 2000)

fail() {
  echo "FAIL $*"
  tail -n 5 "$run.txt" "$run/log.txt" "$run/governor.jsonl" 2>/dev/null
  kill "$trainer" 2>/dev/null
  release
  echo "what failed is kept in $out"
  exit 1
}

# Waits until the run's log has a line.
await() {
  for ((i = 0; i < 1200; i++)); do
    grep -q "$1" "$run/log.txt" 2>/dev/null && return
    kill -0 "$trainer" 2>/dev/null || fail "the trainer ended before: $1"
    sleep 0.1
  done
  fail "not seen: $1"
}

# A tail without a newline to see keeps all that it was given.
eaters=()
eat() {
  local food=$out/food.${#eaters[@]}
  mkfifo "$food"
  ( [ -z "$group" ] || echo "$BASHPID" >"$group/cgroup.procs"; exec tail <"$food" >/dev/null ) &
  eaters+=($!)
  { head -c "$1" /dev/zero && exec sleep 600; } >"$food" &
  eaters+=($!)
}

# Consumes memory piece by piece until the run's log has a line.
eat_until() {
  for ((bites = 0; bites < 12; bites++)); do
    eat $((256 << 20))
    for ((i = 0; i < 15; i++)); do
      grep -q "$1" "$run/log.txt" && return
      sleep 0.1
    done
  done
  fail "not seen: $1"
}

release() {
  for pid in "${eaters[@]}"; do { kill -9 "$pid" && wait "$pid"; } 2>/dev/null; done
  eaters=()
}

available() { awk '/MemAvailable/ { printf "%.0f\n", $2 * 1024 }' /proc/meminfo; }

pretend() {
  mkdir -p "$out/machine/proc"
  printf 'MemTotal: %d kB\nMemAvailable: %d kB\nCached: 1024 kB\n' $((100 << 20)) $(($1 << 20)) >"$out/machine/meminfo.new"
  mv "$out/machine/meminfo.new" "$out/machine/proc/meminfo"
}

gib() { awk "BEGIN { print $1 / 2^30 }"; }

begin() {
  "${tune[@]}" --output "$run" --calm-seconds 3 "$@" >"$run.txt" 2>&1 &
  trainer=$!
  await "step 5 of"
}

# Checks that the steps and losses are the same except for rounding.
compare() {
  wait "$trainer" || fail "exit code $?"
  local losses='select(.type == "step") | "\(.step) \(.loss)"'
  paste -d ' ' <(jq -r "$losses" "$out/free/metrics.jsonl") <(jq -r "$losses" "$run/metrics.jsonl") | awk -v steps=$steps '
    $1 != $3 { print "step " $1 " stands beside " $3; bad = 1; exit }
    { d = $2 - $4; if (d < 0) d = -d; if (d > worst) worst = d; n++; last = $2 " and " $4 }
    END { print n " steps, losses at most " worst " apart, the last " last; exit bad || n != steps || worst > 0.001 }' || fail "other losses than the undisturbed run"
  jq -r '"\(.time[11:19]) \(.action): \(.reason)"' "$run/governor.jsonl"
}

undisturbed() { "${tune[@]}" --output "$out/free" --governor off >"$out/free.txt" 2>&1 || { cat "$out/free.txt"; exit 1; }; }

govern_simulated() {
  undisturbed
  export LITRE_GOVERNOR_MACHINE=$out/machine
  pretend 50
  begin
  pretend 5 && await "micro-batches are split in 2"
  pretend 2 && await "pauses after a checkpoint"
  sleep 2 && pretend 50 && await "the training continues"
  compare
}

# With $1 bytes available: floors at a third and two thirds of what will be consumed.
govern_eaten() {
  local room=$1 bite=$2
  begin --first-floor "$(gib "$((room - bite / 2))")" --second-floor "$(gib "$((room - bite * 3 / 2))")" --last-floor "$(gib $((room / 20)))"
  eat "$bite" && await "micro-batches are split in 2"
  eat "$bite" && await "pauses after a checkpoint"
  sleep 2 && release && await "the training continues"
  compare
}

govern_machine() {
  undisturbed
  govern_eaten "$(available)" $((3 << 30))
}

govern_group() {
  local mount
  mount=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
  if [ "$(id -u)" != 0 ] || [ ! -w "${mount:-/none}" ] || ! grep -qw memory "$mount/cgroup.subtree_control" 2>/dev/null; then
    echo "group: left out: it needs root and a control group hierarchy of version 2 with the memory controller"
    return
  fi
  undisturbed
  group=$mount/litre-governor-$$
  mkdir "$group" && echo $((3 << 30)) >"$group/memory.max" && echo 0 >"$group/memory.swap.max" || fail "no group"
  trap 'rmdir "$group" 2>/dev/null' EXIT
  # This shell joins the group only to start the training process inside.
  local own
  own=$mount$(sed -n 's/^0:://p' /proc/self/cgroup)
  echo $$ >"$group/cgroup.procs"
  begin --first-floor 1.8 --second-floor 1.1 --last-floor 0.2
  echo $$ >"$own/cgroup.procs"
  eat_until "micro-batches are split in 2"
  eat_until "pauses after a checkpoint"
  sleep 2 && release && await "the training continues"
  compare
}

govern_hang() {
  export LITRE_GOVERNOR_MACHINE=$out/machine
  pretend 50
  begin --answer-seconds 3 --end-seconds 2
  kill -STOP "$trainer"
  pretend 5
  for ((i = 0; i < 300; i++)); do kill -0 "$trainer" 2>/dev/null || break; sleep 0.1; done
  wait "$trainer" 2>/dev/null
  [ $? -eq 137 ] || fail "the frozen trainer was not killed"
  sleep 2
  jq -r '"\(.time[11:19]) \(.action): \(.reason)"' "$run/governor.jsonl"
}

"govern_$mode"
[ -n "${OUT:-}" ] || rm -rf "$out"
echo "$mode: done"
