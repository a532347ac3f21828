#!/usr/bin/env bash
# Compares the losses of the same training steps with and without each fast path: real sizes, the same random weights.
# Usage: benchmarks/paths.sh [LITRE] [OUTPUT]   LITRE is the program (default ./litre).
# OUTPUT/losses.md has a column for every fifth step; its last lines give the distance of each path from the plain path of its group.
# *Experts own* uses only Litre's grouped products, as on a GPU for which libtorch has none.
# Fails if, in any step, a loss differs from that of the plain path by more than LIMIT (0.02) times the first loss: rounding to bfloat16 in
# other places causes less, a wrong operator more.
# STEPS (50), DEVICE (cuda), DTYPE (bfloat16), CONFIG (of 30B-A3B) and SIZE (--samples 8 --image 1024x768) can be changed.
set -uo pipefail

cd "$(dirname "$0")/.." || exit 1
litre=${1:-./litre}
out=${2:-out/paths}
config=${CONFIG:-tests/configs/Qwen3-VL-30B-A3B-Instruct.json}
steps=${STEPS:-50}
read -ra size <<<"${SIZE:---samples 8 --image 1024x768}"
mkdir -p "$out"
rm -f "$out"/*.txt "$out"/*.json
"$litre" --version >/dev/null || exit 1

names=()
failed=0
way() {
  local name=$1
  shift
  if env ${variables:-} "$litre" bench "$config" --device "${DEVICE:-cuda}" --dtype "${DTYPE:-bfloat16}" --answer-tokens 10 "${size[@]}" \
    --warmup-steps 0 --steps "$steps" --json "$@" >"$out/row.json" 2>"$out/error.txt"; then
    mv "$out/row.json" "$out/$name.json"
    grep -o '"losses":\[[^]]*' "$out/$name.json" | tr -d '"losesd:[' | tr ',' '\n' >"$out/$name.txt"
    names+=("$name")
  else
    failed=1
    echo "FAIL $name: $(grep -m 1 '^litre:' "$out/error.txt" || tail -n 1 "$out/error.txt")"
  fi
}

# The plain path of each group comes first.
variables=LITRE_KERNELS=off way plain
way fast
way recomputed --recompute all
way kept_features --cache-features
variables=LITRE_KERNELS=off way experts_plain --experts
way experts_fast --experts
variables=LITRE_GROUPED=own way experts_own --experts
variables=LITRE_KERNELS=off way alone --questions 8 --share-prefixes false
way shared --questions 8

files=()
for name in "${names[@]}"; do files+=("$out/$name.txt"); done
{
  printf '| step |'; printf ' %s |' "${names[@]//_/ }"
  printf '\n| --- |'; printf ' --- |%.0s' "${names[@]}"
  echo
  paste -d ' ' "${files[@]}" | awk 'NR == 1 || NR % 5 == 0 { printf "| %d |", NR; for (i = 1; i <= NF; i++) printf " %.4f |", $i; print "" }'
} | tee "$out/losses.md"

compare() {
  [ -s "$out/$1.txt" ] && [ -s "$out/$2.txt" ] || return
  paste -d ' ' "$out/$1.txt" "$out/$2.txt" | awk -v a="${1//_/ }" -v b="${2//_/ }" -v limit="${LIMIT:-0.02}" '
    NR == 1 { first = $1 }
    { d = $1 - $2; if (d < 0) d = -d; sum += d; if (d > worst) { worst = d; at = NR } }
    END { printf "%s against %s: %d losses, %.4f apart at most (step %d), %.4f on average\n", b, a, NR, worst, at, sum / NR; exit worst > limit * first }' || failed=1
}
compare plain fast
compare plain recomputed
compare plain kept_features
compare experts_plain experts_fast
compare experts_plain experts_own
compare alone shared
exit $failed
