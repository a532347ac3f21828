#!/usr/bin/env bash
# Plans against what really happens: training steps of real sizes with random weights on CUDA, their memory planned first.
# Usage: benchmarks/plan.sh [LITRE] [OUTPUT]   where LITRE is the program (default ./litre).
# LITRE_LIBTORCH or an installed PyTorch >= 2.10 with CUDA is needed. Other programs on the GPU disturb the measurement.
# Settings that do not fit the GPU are named and left out.
set -uo pipefail

cd "$(dirname "$0")/.." || exit 1
litre=${1:-./litre}
out=${2:-out/plan}
mkdir -p "$out"
"$litre" --version >/dev/null || exit 1 # builds once
"$litre" doctor --libtorch >"$out/machine.txt" 2>&1
grep -E '^(libtorch|cuda:)' "$out/machine.txt"

gib() { awk "BEGIN { printf \"%.2f\", $1 / 1073741824 }"; }
percent() { awk "BEGIN { printf \"%+.1f %%\", ($1 / $2 - 1) * 100 }"; }
field() { grep -o "\"$1\":[^,}]*" "$2" | head -n 1 | cut -d: -f2; }

printf '%-44s %9s %9s %9s %9s %8s %9s\n' 'setting (GiB)' 'tensors' 'counted' 'planned' 'measured' 'error' 'ms a step'
ran=0
number=0
wrong=0
measure() {
  local model=$1
  shift
  number=$((number + 1))
  local name file
  name="$model${*:+ $*}"
  file=$out/$number.json
  if ! "$litre" bench "tests/configs/Qwen3-VL-$model-Instruct.json" --device cuda --steps 3 --json "$@" >"$file" 2>"$out/$number.txt"; then
    printf '%-44s %s\n' "$name" "$(grep -m 1 '^litre:' "$out/$number.txt" || tail -n 1 "$out/$number.txt")"
    return
  fi
  local tensors counted planned measured
  tensors=$(field PlannedPeakBytes "$file")
  counted=$(field PeakBytes "$file")
  planned=$(field PlannedBytes "$file")
  measured=$(field MeasuredBytes "$file")
  ran=$((ran + 1))
  [ "$tensors" = "$counted" ] || wrong=$((wrong + 1))
  if [ "$measured" = null ]; then
    printf '%-44s %9s %9s %9s %9s\n' "$name" "$(gib "$tensors")" "$(gib "$counted")" "$(gib "$planned")" 'not told'
    return
  fi
  printf '%-44s %9s %9s %9s %9s %8s %9.0f\n' "$name" "$(gib "$tensors")" "$(gib "$counted")" "$(gib "$planned")" "$(gib "$measured")" \
    "$(percent "$planned" "$measured")" "$(field MedianStepMs "$file")"
}

measure 2B --samples 8
measure 2B --samples 32
measure 2B --samples 8 --full
measure 4B --samples 8 --recompute all
measure 8B --samples 2
measure 8B --samples 8
measure 8B --samples 8 --recompute 18
measure 8B --samples 8 --recompute all
measure 8B --samples 8 --visual-tokens 0 --text-tokens 890
measure 30B-A3B --samples 8
measure 30B-A3B --samples 8 --recompute 24
measure 30B-A3B --samples 8 --recompute all --experts
echo "$ran of $number settings ran; tensors differed from the plan in $wrong"
[ "$ran" -gt 0 ] && [ "$wrong" -eq 0 ]
