#!/usr/bin/env bash
# Compares loading a checkpoint on the CPU with only reading its files: time, and peak of resident memory plus page cache.
# Usage: benchmarks/load.sh [CONFIG]   default tests/configs/Qwen3-VL-4B-Instruct.json, 8.3 GiB in bf16, in shards of 1 GB
# Fails if a load needs more than 5 % beyond the weights, or is slower than 85 % of only reading.
# OUT is a folder with room for the checkpoint (default: a temporary one, removed at the end), LITRE the program, ROUNDS the number
# of timings of each (default 5; the best counts, since a shared machine only ever makes things slower). SUMS=1 adds SHA-256 sums
# to the folder, which are then checked.
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

# The highest resident memory, as the kernel reports it at the end, and the largest number of additional pages that the files had in
# the cache. Their sum is at least the peak of both together.
peak() {
  evict
  local before pages most=0
  before=$(cached)
  "$litre" verify checkpoint "$model" --device cpu --reads "$1" --json >"$out/peak.json" &
  local pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    pages=$(($(cached) - before))
    if [ "$pages" -gt "$most" ]; then most=$pages; fi
    sleep 0.05
  done
  wait "$pid"
  echo "$(jq -r .peak_resident_bytes "$out/peak.json") $most"
}

echo "$(basename "$config" .json): ${#files[@]} files, $(calculate "$bytes / 2^30") GiB; $(nproc) processors, $(uname -m)"
for ((i = 0; i < rounds; i++)); do
  read_alone iflag=direct >>"$out/alone.txt"
  # Twice in a row: a virtual machine fetches memory that was idle from its host first, which can take longer than loading.
  for reads in direct direct dropping dropping; do
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
failed=0
for reads in direct dropping; do
  seconds=$(least <"$out/$reads.txt")
  line "loading, $reads" "$seconds"
  [ "$(calculate "$alone / $seconds >= 0.85")" = 1 ] || { echo "FAIL loading, $reads: slower than 85 % of reading alone"; failed=1; }
done
printf '%-34s %8s %8s %10s\n' "peak in GiB" resident "cache" "of weights"
for reads in direct dropping plain; do
  read -r rss pages < <(peak "$reads")
  most=$((rss + pages))
  printf '%-34s %8s %8s %9.1f%%\n' "loading, $reads" "$(gib "$rss")" "$(gib "$pages")" "$(calculate "100 * $most / $bytes")"
  [ "$reads" = plain ] || [ "$(calculate "$most <= 1.05 * $bytes")" = 1 ] || { echo "FAIL loading, $reads: more than 5 % over the weights"; failed=1; }
done
jq -r '"\(.files) files, SHA-256 of \(.checked_files) checked, reads: \(.reads)\(if .obstacle then " (" + .obstacle + ")" else "" end)"' "$out/direct.json"
rm -f "$out"/{alone,direct,dropping}.txt "$out"/{direct,dropping,peak}.json
exit "$failed"
