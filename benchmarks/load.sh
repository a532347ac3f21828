#!/usr/bin/env bash
# Loading a checkpoint on the CPU against reading its files alone: time, and peak of resident memory plus page cache.
# Usage: benchmarks/load.sh [CONFIG]   default tests/configs/Qwen3-VL-4B-Instruct.json, 8.3 GiB in bf16, in shards of 1 GB
# Fails where a load takes more than 5 % over the weights, or is slower than 85 % of reading alone.
# OUT names a folder for the checkpoint with room for it (default a temporary one, removed at the end), LITRE the program,
# ROUNDS how often each is timed (default 5; the best counts, since a shared machine only ever makes things slower), SUMS=1
# gives the folder SHA-256 sums to be checked.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
config=${1:-$root/tests/configs/Qwen3-VL-4B-Instruct.json}
litre=${LITRE:-$root/litre}
rounds=${ROUNDS:-5}
for tool in jq fincore dd; do command -v "$tool" >/dev/null || { echo "load: $tool is not installed"; exit 2; }; done
out=${OUT:-$(mktemp -d)}
[ -n "${OUT:-}" ] || trap 'rm -rf "$out"' EXIT
model=$out/load-model
"$litre" --version >/dev/null
[ -d "$model" ] || "$litre" init "$config" --output "$model" --shard-size 1GB >/dev/null 2>&1
[ -z "${SUMS:-}" ] || (cd "$model" && sha256sum ./*.safetensors >SHA256SUMS)
files=("$model"/*.safetensors)
bytes=$(cat "${files[@]}" | wc -c)

evict() { for file in "${files[@]}"; do dd if="$file" iflag=nocache count=0 status=none; done; }
cached() { fincore --bytes --noheadings --output RES "${files[@]}" | awk '{ sum += $1 } END { printf "%.0f\n", sum }'; }
now() { date +%s.%N; }
calculate() { awk "BEGIN { print ($1) }"; }
least() { sort -g | head -n 1; }

read_alone() {
  evict
  local start
  start=$(now)
  for file in "${files[@]}"; do dd if="$file" of=/dev/null bs=16M "$@" status=none; done
  calculate "$(now) - $start"
}

load() { "$litre" verify checkpoint "$model" --device cpu --reads "$1" --json; }

# What it takes to be given as much new memory, which no load can do without. Before each load, too, since a virtual machine
# fetches memory that was idle from its host first, which here took three times as long as all of loading.
fill() {
  local start
  start=$(now)
  dd if=/dev/zero of=/dev/null bs="$bytes" count=1 iflag=fullblock status=none
  calculate "$(now) - $start"
}

# Highest sum of resident memory and of the files' pages in the cache, beyond those that were there before.
peak() {
  evict
  local before rss most=0 sum pages pages_most=0 rss_most=0
  before=$(cached)
  "$litre" verify checkpoint "$model" --device cpu --reads "$1" --json >"$out/peak.json" &
  local pid=$!
  while rss=$(awk '/VmRSS/ { printf "%.0f\n", $2 * 1024 }' "/proc/$pid/status" 2>/dev/null) && [ -n "$rss" ]; do
    pages=$(($(cached) - before))
    sum=$((rss + pages))
    if [ "$sum" -gt "$most" ]; then most=$sum rss_most=$rss pages_most=$pages; fi
    sleep 0.05
  done
  wait "$pid"
  echo "$most $rss_most $pages_most"
}

echo "$(basename "$config" .json): ${#files[@]} files, $(calculate "$bytes / 2^30") GiB; $(nproc) processors, $(uname -m)"
for ((i = 0; i < rounds; i++)); do
  read_alone iflag=direct >>"$out/alone.txt"
  for reads in direct dropping; do
    fill >>"$out/fill.txt"
    evict
    load "$reads" >"$out/$reads.json"
    jq -r .seconds "$out/$reads.json" >>"$out/$reads.txt"
  done
done
alone=$(least <"$out/alone.txt")
gib() { calculate "sprintf(\"%.2f\", $1 / 2^30)"; }
printf '%-34s %8s %8s %10s\n' "best of $rounds" seconds GiB/s "of reading"
line() { printf '%-34s %8.2f %8.2f %9.0f%%\n' "$1" "$2" "$(calculate "$bytes / 2^30 / $2")" "$(calculate "100 * $alone / $2")"; }
line "reading the files alone (dd, direct)" "$alone"
line "filling as much new memory" "$(least <"$out/fill.txt")"
failed=0
for reads in direct dropping; do
  seconds=$(least <"$out/$reads.txt")
  line "loading, $reads" "$seconds"
  [ "$(calculate "$alone / $seconds >= 0.85")" = 1 ] || { echo "FAIL loading, $reads: slower than 85 % of reading alone"; failed=1; }
done
printf '%-34s %8s %8s %10s\n' "peak in GiB" resident "cache" "of weights"
for reads in direct dropping plain; do
  read -r most rss pages < <(peak "$reads")
  printf '%-34s %8s %8s %9.1f%%\n' "loading, $reads" "$(gib "$rss")" "$(gib "$pages")" "$(calculate "100 * $most / $bytes")"
  [ "$reads" = plain ] || [ "$(calculate "$most <= 1.05 * $bytes")" = 1 ] || { echo "FAIL loading, $reads: more than 5 % over the weights"; failed=1; }
done
jq -r '"\(.files) files, SHA-256 of \(.checked_files) checked, reads: \(.reads)\(if .obstacle then " (" + .obstacle + ")" else "" end)"' "$out/direct.json"
rm -f "$out"/{alone,fill,direct,dropping}.txt "$out"/{direct,dropping,peak}.json
exit "$failed"
