#!/usr/bin/env bash
# Compares plans with measurements: training steps of real sizes with random weights, whose memory is planned first.
# Usage: benchmarks/plan.sh [LITRE] [OUTPUT]   LITRE is the program (default ./litre).
# Needs LITRE_LIBTORCH or an installed PyTorch >= 2.10 with CUDA. Other programs on the GPU disturb the measurement.
# Settings that do not fit the GPU are reported and omitted. ONLY=3,5 runs only these and adds their lines to OUTPUT/table.md.
# Fails if the largest error of a plan is above WORST percent (3), or the median above MEDIAN percent (1).
# DEVICE (cuda), DTYPE (bfloat16), CONFIG_DIR (tests/configs) and STEPS (3) can be set for other machines and models.
set -uo pipefail

cd "$(dirname "$0")/.." || exit 1
litre=${1:-./litre}
out=${2:-out/plan}
configs=${CONFIG_DIR:-tests/configs}
mkdir -p "$out"
"$litre" --version >/dev/null || exit 1 # builds once
"$litre" doctor --libtorch >"$out/machine.txt" 2>&1
grep -E '^(libtorch|cuda:)' "$out/machine.txt"

gib() { awk "BEGIN { printf \"%.2f\", $1 / 1073741824 }"; }
field() { grep -o "\"$1\":[^,}]*" "$2" | head -n 1 | cut -d: -f2; }
wanted() { [ -z "${ONLY:-}" ] || case ",${ONLY// /}," in *",$number,"*) ;; *) return 1 ;; esac; }

printf '%3s %-68s %9s %9s %9s %9s %8s %9s\n' '' 'setting (GiB)' 'tensors' 'counted' 'planned' 'measured' 'error' 'ms a step'
number=0
asked=0
ran=0
wrong=0
broken=0
errors=()
measure() {
  local model=$1
  shift
  number=$((number + 1))
  wanted || return
  asked=$((asked + 1))
  local name="$model${*:+ $*}" file=$out/$number.json line=$out/$number.md code
  rm -f "$line"
  "$litre" bench "$configs/Qwen3-VL-$model-Instruct.json" --device "${DEVICE:-cuda}" --dtype "${DTYPE:-bfloat16}" \
    --steps "${STEPS:-3}" --json "$@" >"$file" 2>"$out/$number.txt"
  code=$?
  if [ $code -ne 0 ]; then
    # 2 is a refusal, such as of a setting that does not fit; any other code is an error.
    [ $code -eq 2 ] || broken=$((broken + 1))
    printf '%3d %-68s %s\n' "$number" "$name" "$(grep -m 1 '^litre:' "$out/$number.txt" || tail -n 1 "$out/$number.txt")"
    return
  fi
  local tensors counted planned measured error ms
  tensors=$(field planned_peak_bytes "$file")
  counted=$(field peak_bytes "$file")
  planned=$(field planned_bytes "$file")
  measured=$(field measured_bytes "$file")
  error=$(field planned_error_percent "$file")
  ms=$(awk "BEGIN { printf \"%.0f\", $(field step_s "$file") * 1000 }")
  ran=$((ran + 1))
  [ "$tensors" = "$counted" ] || wrong=$((wrong + 1))
  tensors=$(gib "$tensors") counted=$(gib "$counted") planned=$(gib "$planned")
  if [ "$measured" = null ]; then
    measured='not told' error=''
  else
    errors+=("$error")
    measured=$(gib "$measured") error=$(printf '%+.2f %%' "$error")
  fi
  printf '%3d %-68s %9s %9s %9s %9s %8s %9s\n' "$number" "$name" "$tensors" "$counted" "$planned" "$measured" "$error" "$ms"
  printf '| %d | %s | %s | %s | %s | %s | %s | %s |\n' "$number" "$name" "$tensors" "$counted" "$planned" "$measured" "$error" "$ms" >"$line"
}

moe=30B-A3B
measure $moe --samples 1 --image 448x448
measure $moe --samples 4 --image 448x448 --recompute 24
measure $moe --samples 8 --image 448x448 --lora-rank 8
measure $moe --samples 16 --image 448x448 --recompute all --lora-rank 128
measure $moe --samples 1 --image 1024x768 --lora-rank 64
measure $moe --samples 4 --image 1024x768
measure $moe --samples 8 --image 1024x768
measure $moe --samples 8 --image 1024x768 --recompute 24
measure $moe --samples 16 --image 1024x768
measure $moe --samples 16 --image 1024x768 --recompute all
measure $moe --samples 1 --image 2048x1536
measure $moe --samples 4 --image 2048x1536 --recompute all
measure $moe --samples 4 --image 448x448 --experts --lora-rank 8
measure $moe --samples 8 --image 1024x768 --experts --recompute all
measure $moe --samples 4 --image 1024x768 --experts --recompute 24 --lora-rank 16
measure $moe --samples 2 --image 1024x768 --pictures 4
measure $moe --samples 4 --image 448x448 --pictures 4 --recompute all
measure 8B --samples 8 --image 1024x768
measure 8B --samples 8 --image 1024x768 --recompute all
measure 2B --samples 8 --image 1024x768 --full

{
  echo '| | setting | tensors planned, GiB | counted | in all planned | measured | error | ms a step |'
  echo '| --- | --- | --- | --- | --- | --- | --- | --- |'
  for ((i = 1; i <= number; i++)); do cat "$out/$i.md" 2>/dev/null; done
} >"$out/table.md"

echo "$ran of $asked settings ran; tensors differed from the plan in $wrong; $broken failed"
failed=0
[ "$ran" -gt 0 ] && [ "$wrong" -eq 0 ] && [ "$broken" -eq 0 ] || failed=1
if [ ${#errors[@]} -gt 0 ]; then
  printf '%s\n' "${errors[@]}" | awk '{ print $1 < 0 ? -$1 : $1 }' | sort -g | awk -v worst="${WORST:-3}" -v median="${MEDIAN:-1}" '
    { e[NR] = $1 }
    END {
      m = NR % 2 ? e[(NR + 1) / 2] : (e[NR / 2] + e[NR / 2 + 1]) / 2
      printf "error of the plan over %d settings: worst %.2f %%, median %.2f %%\n", NR, e[NR], m
      exit e[NR] > worst || m > median
    }' || failed=1
fi
exit $failed
