#!/usr/bin/env bash
# Runs everything that needs an NVIDIA GPU: the reference in every mode, PEFT on Litre's adapters, a step of real size.
# Usage: benchmarks/gpu.sh [LITRE] [OUTPUT]   LITRE is the program (default ./litre).
# Needs LITRE_LIBTORCH or an installed PyTorch >= 2.10 with CUDA. PYTHON is the Python that has peft.
set -uo pipefail

cd "$(dirname "$0")/.." || exit 1
litre=${1:-./litre}
out=${2:-out/gpu}
python=${PYTHON:-python3}
mkdir -p "$out"
failed=0

step() {
  local name=$1
  shift
  echo "== $name"
  if "$@" >"$out/$name.txt" 2>&1; then tail -n 1 "$out/$name.txt"; else
    failed=1
    grep -E 'FAIL|rror|litre:' "$out/$name.txt" | head -n 20
    tail -n 5 "$out/$name.txt"
  fi
}

step engine "$litre" doctor --libtorch
step doctor "$litre" doctor --verbose
for model in dense moe; do
  for dtype in float32 bfloat16; do
    for recompute in none all; do
      step "reference-$model-$dtype-$recompute" "$litre" verify reference "tests/reference/$model" \
        --device cuda --dtype "$dtype" --recompute "$recompute"
    done
  done
  step "adapters-$model" "$litre" verify adapters "tests/reference/$model" --output "$out/adapters-$model"
  step "peft-$model" "$python" tests/peers/check_adapters.py "tests/reference/$model" "$out/adapters-$model"
  rm -rf "$out/adapters-$model"
done
step variants "$python" tests/peers/generate_variants.py "$out/variants"
for model in mixed tied down-only; do
  for dtype in float32 bfloat16; do
    step "reference-$model-$dtype" "$litre" verify reference "$out/variants/$model" --device cuda --dtype "$dtype"
  done
done
rm -rf "$out/variants"
config=tests/configs/Qwen3-VL-30B-A3B-Instruct.json
step step-30b-recompute "$litre" bench "$config" --device cuda --recompute all
step step-30b "$litre" bench "$config" --device cuda
step step-30b-experts "$litre" bench "$config" --device cuda --recompute all --experts
# The same steps without Litre's kernels (docs/kernels.md).
step step-30b-plain env LITRE_KERNELS=off "$litre" bench "$config" --device cuda
step step-30b-experts-plain env LITRE_KERNELS=off "$litre" bench "$config" --device cuda --recompute all --experts
# Answers with replayed CUDA graphs, and the same answers operator by operator (docs/kernels.md).
step answers-30b "$litre" bench "$config" --device cuda --steps 0 --generate
step answers-30b-plain env LITRE_GRAPHS=off "$litre" bench "$config" --device cuda --steps 0 --generate
cat "$out"/step-30b*.txt "$out"/answers-30b*.txt
exit $failed
