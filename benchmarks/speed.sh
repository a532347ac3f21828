#!/usr/bin/env bash
# Measures the speed of training and of answers with real sizes and random weights; docs/performance.md explains the results.
# Usage: benchmarks/speed.sh [LITRE] [OUTPUT]   LITRE is the program (default ./litre).
# Writes one JSON line per row to OUTPUT/rows.jsonl, and the table to OUTPUT/table.md. ONLY=3,5 runs only these rows and adds them.
# PEER is a Python program that prints such JSON lines for another trainer on the same GPU; PYTHON runs it once for each word of
# PEER_ARGS, where - means no argument (default "- --experts").
# DEVICE (cuda), DTYPE (bfloat16), CONFIG (of 30B-A3B), HALF (24, half its layers), SOME (15), STEPS (8), WARMUP (6, after which
# cuDNN has taken over attention of equal sequences) and IMAGE (1024x768) can be changed.
set -uo pipefail

cd "$(dirname "$0")/.." || exit 1
litre=${1:-./litre}
out=${2:-out/speed}
config=${CONFIG:-tests/configs/Qwen3-VL-30B-A3B-Instruct.json}
half=${HALF:-24}
mkdir -p "$out"
"$litre" --version >/dev/null || exit 1 # builds once
"$litre" doctor --libtorch >"$out/machine.txt" 2>&1
grep -E '^(libtorch|cuda:)' "$out/machine.txt"
[ -n "${ONLY:-}" ] || : >"$out/rows.jsonl"

field() { grep -o "\"$1\":[^,}]*" <<<"$2" | head -n 1 | cut -d: -f2 | sed 's/^ //; s/"//g'; }
fixed() { [ -z "$1" ] || [ "$1" = null ] || awk "BEGIN { printf \"%.$2f\", $1 * ${3:-1} }"; }
wanted() { [ -z "${ONLY:-}" ] || case ",${ONLY// /}," in *",$number,"*) ;; *) return 1 ;; esac; }
quoted() { printf '%s' "$1" | tr '\n\t' '  ' | sed 's/\\/\\\\/g; s/"/\\"/g'; }

head='| setting | tokens/s | samples/s | ms a step | peak GiB | GPU busy % | of matrix peak % | of copy rate % |'
print() {
  local name=$1 row=$2
  printf '| %-56s | %9s | %9s | %9s | %8s | %5s | %5s | %5s |\n' "$name" "$(fixed "$(field tokens_per_s "$row")" 0)" \
    "$(fixed "$(field samples_per_s "$row")" 2)" "$(fixed "$(field step_s "$row")" 0 1000)" "$(fixed "$(field peak_gib "$row")" 1)" \
    "$(fixed "$(field gpu_util_percent "$row")" 0)" "$(fixed "$(field matrix_share "$row")" 1 100)" "$(fixed "$(field memory_share "$row")" 1 100)" |
    tee -a "$out/table.md"
}

number=0
ran=0
broken=0
answers=
measure() {
  local name=$1
  shift
  number=$((number + 1))
  wanted || return
  local row code steps=(--steps "${STEPS:-8}" --warmup-steps "${WARMUP:-6}")
  case " $* " in *" --steps "*) steps=() ;; esac
  row=$("$litre" bench "$config" --device "${DEVICE:-cuda}" --dtype "${DTYPE:-bfloat16}" --image "${IMAGE:-1024x768}" --answer-tokens 10 \
    --json "${steps[@]}" "$@" 2>"$out/$number.txt")
  code=$?
  if [ $code -ne 0 ]; then
    [ $code -eq 2 ] || broken=$((broken + 1))
    local why
    why=$(grep -m 1 '^litre:' "$out/$number.txt" || tail -n 1 "$out/$number.txt")
    echo "{\"name\":\"$(quoted "$name")\",\"error\":\"$(quoted "$why")\"}" >>"$out/rows.jsonl"
    printf '%s: %s\n' "$name" "$why"
    return
  fi
  ran=$((ran + 1))
  echo "{\"name\":\"$(quoted "$name")\",${row#\{}" >>"$out/rows.jsonl"
  case " $* " in
    *" --generate "*) answers=$row ;;
    *) print "$name" "$row" ;;
  esac
}

[ -n "${ONLY:-}" ] && [ -s "$out/table.md" ] || printf '%s\n| --- | --- | --- | --- | --- | --- | --- | --- |\n' "$head" >"$out/table.md"
echo "$head"
for samples in 8 16; do
  measure "attention, $samples samples, recompute none" --samples $samples
  measure "attention, $samples samples, recompute half" --samples $samples --recompute "$half"
  measure "attention, $samples samples, recompute all" --samples $samples --recompute all
done
measure "attention, 8 samples, recompute 15 layers" --samples 8 --recompute "${SOME:-15}"
measure "attention, 20 samples, recompute none" --samples 20
measure "attention, 32 samples, recompute all" --samples 32 --recompute all
measure "attention and experts, 8 samples, recompute none" --samples 8 --experts
measure "attention and experts, 8 samples, recompute all" --samples 8 --experts --recompute all
measure "attention, 1 sample, recompute none" --samples 1
measure "attention, 1 sample, recompute all" --samples 1 --recompute all
measure "attention, 8 samples, kept features" --samples 8 --cache-features
measure "attention, 16 samples, 8 questions a picture, kept features" --samples 16 --questions 8 --cache-features
measure "the same, each sample by itself" --samples 16 --questions 8 --cache-features --share-prefixes false
measure "attention, 32 samples, 8 questions a picture, kept features" --samples 32 --questions 8 --cache-features
measure "answers" --steps 0 --generate --samples 8 --generate-batch 8 --new-tokens "${NEW_TOKENS:-64}"

if [ -n "$answers" ]; then
  {
    echo
    echo "prefill: $(fixed "$(field prefill_tokens_per_s "$answers")" 0) tokens/s, first token of $(field prompts "$answers") prompts after $(fixed "$(field first_token_s "$answers")" 0 1000) ms"
    grep -o '{"batch":[^}]*}' <<<"$answers" | while read -r decode; do
      echo "decode, batch $(field batch "$decode"): $(fixed "$(field decode_tokens_per_s "$decode")" 1) tokens/s, GPU busy $(field gpu_util_percent "$decode") %"
    done
  } | tee -a "$out/table.md"
fi

if [ -n "${PEER:-}" ]; then
  { echo; echo "$head"; echo '| --- | --- | --- | --- | --- | --- | --- | --- |'; } | tee -a "$out/table.md"
  for arguments in ${PEER_ARGS:-- --experts}; do
    [ "$arguments" = - ] && arguments=
    "${PYTHON:-python3}" "$PEER" $arguments 2>"$out/peer.txt" | grep '^{' | while read -r row; do
      echo "$row" >>"$out/rows.jsonl"
      print "$(field peer "$row"), batch $(field batch "$row"), $(field experts "$row"), checkpointing $(field checkpointing "$row")" "$row"
    done
    [ "${PIPESTATUS[0]}" -eq 0 ] || { broken=$((broken + 1)); tail -n 3 "$out/peer.txt"; }
  done
fi
echo "$ran rows ran, $broken failed; all of them are in $out/rows.jsonl"
[ "$ran" -gt 0 ] && [ "$broken" -eq 0 ]
