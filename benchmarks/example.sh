#!/usr/bin/env bash
# Times the default run of finetune.sh with several seeds, asks questions about drawings made with further seeds, and measures how
# much the tuned model has forgotten of the styles that its base reads.
# Usage: benchmarks/example.sh OUT [SEED ...]      (default seeds 1 2 3 4 5)
set -uo pipefail

cd "$(dirname "$0")/.." || exit 1
command -v jq >/dev/null || { echo "example: jq is not installed"; exit 2; }
out=${1:?usage: benchmarks/example.sh OUT [SEED ...]}
shift
[ $# -gt 0 ] || set -- 1 2 3 4 5
mkdir -p "$out"
failed=0

# Prints the exact match of base and tuned model over all samples.
exact() { jq -r '.rows[] | select(.metric == "exact_match" and .group == "all") | "\(.base.mean) \(.tuned.mean)"' "$1"; }

printf '%-6s %8s %8s %8s %6s\n' seed seconds base tuned exit
for seed in "$@"; do
  began=$(date +%s)
  bash finetune.sh --seed "$seed" --output "$out/$seed" >"$out/$seed.log" 2>&1
  code=$?
  read -r before after < <(exact "$out/$seed/run/evaluation.json")
  printf '%-6s %8s %8s %8s %6s\n' "$seed" $(($(date +%s) - began)) "$before" "$after" "$code"
  awk "BEGIN { exit !($code == 0 && $before < 0.2 && $after >= 0.85) }" || failed=1
done

echo "asked about drawings of other seeds:"
model=assets/litre-nano adapter=$out/$1/run/best
rm -rf "$out/other"
./litre data make drawings --style company --seed 1001 --language en --train 0 --validation 0 --test 12 --questions 3 --output "$out/other" >/dev/null
right=0 asked=0
while IFS=$'\t' read -r picture question expected; do
  answer=$(./litre ask --model $model --adapter "$adapter" --image "$out/other/$picture" "$question" </dev/null 2>>"$out/ask.log" | tail -1)
  asked=$((asked + 1))
  [ "$answer" = "$expected" ] && right=$((right + 1))
  echo "  $picture  $question  $answer  (drawn for: $expected)"
done < <(jq -r 'select(.question_type == "part_number" or .question_type == "dimension") | [.images[0], .messages[0].content[1].text, .messages[1].content[0].text] | @tsv' "$out/other/test.jsonl")
echo "  $right of $asked right"

echo "what is left of the first styles, without and with the adapter:"
rm -rf "$out/first"
./litre data make drawings --seed 2001 --train 0 --validation 0 --test 100 --questions 1 --language both --output "$out/first/drawings" >/dev/null
./litre data make charts --seed 2002 --train 0 --validation 0 --test 100 --questions 1 --language both --output "$out/first/charts" >/dev/null
for kind in drawings charts; do
  rm -rf "$out/forgetting-$kind"
  ./litre eval --model $model --adapter "$adapter" --data "$out/first/$kind" --split test --output "$out/forgetting-$kind" >"$out/forgetting-$kind.log" 2>&1
  echo "  $kind: $(exact "$out/forgetting-$kind/evaluation.json")"
done
exit $failed
