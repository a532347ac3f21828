#!/usr/bin/env bash
# Makes a checkpoint of real size with random weights, in shards like the hub's, loads it, tunes it for 20 steps with a stop and a
# resume in between, and asks it questions. Usage: benchmarks/real-size.sh [OUT]   default out/real-size; 30B-A3B needs 60 GB of disk.
# CONFIG is the configuration (default 30B-A3B), DEVICE and DTYPE the device and type (default cuda, bfloat16), LITRE the program,
# PIXELS the minimum and maximum number of pixels of an image (default 786432), ROWS the number of questions (default 64).
# KEEP=1 keeps the checkpoint.
set -uo pipefail

cd "$(dirname "$0")/.." || exit 1
out=${1:-out/real-size}
config=${CONFIG:-tests/configs/Qwen3-VL-30B-A3B-Instruct.json}
litre=${LITRE:-./litre}
pixels=${PIXELS:-786432}
rows=${ROWS:-64}
engine=(--device "${DEVICE:-cuda}" --dtype "${DTYPE:-bfloat16}")
model=$out/model
rm -rf "$out"
mkdir -p "$out/foodie/images"
[ -n "${KEEP:-}" ] || trap 'rm -rf "$model"' EXIT
"$litre" --version >/dev/null || exit 1

failed=0
timed() {
  local name=$1 start=$SECONDS
  shift
  if "$@" >"$out/$name.txt" 2>&1; then echo "ok    $name ($((SECONDS - start)) s)"; else
    failed=$((failed + 1))
    echo "FAIL  $name (exit code $?)"
    tail -n 8 "$out/$name.txt"
  fi
}

timed write "$litre" init "$config" --tokenizer assets/litre-nano --min-pixels "$pixels" --max-pixels "$pixels" --output "$model"
du -sh "$model" | cut -f 1
timed load "$litre" verify checkpoint "$model" --device "${engine[1]}" --json
grep -v '^litre' "$out/load.txt"

# As FoodieQA publishes it: options, the answer's index in a string, the image under food_meta.
"$litre" data make charts --output "$out/charts" --train "$((rows / 4))" --validation 0 --test 0 --questions 1 >/dev/null || exit 1
cp "$out"/charts/images/*.png "$out/foodie/images/"
pictures=("$out"/foodie/images/*.png)
for ((i = 0; i < rows; i++)); do
  [ "$i" -eq 0 ] && printf '[' || printf ',\n'
  printf '{"question": "图片中的食物是哪个地区的特色菜？", "choices": ["四川", "广东", "北京", "江苏"], "answer": "%d", "question_type": "region", "food_name": "家常菜", "question_id": "%d", "food_meta": {"main_ingredient": ["猪肉"], "id": %d, "food_name": "家常菜", "food_type": "炒菜", "food_location": "家", "food_file": "images/%s"}, "question_en": "Which region is this dish a specialty of?", "choices_en": ["Sichuan", "Guangdong", "Beijing", "Jiangsu"]}' \
    "$((i % 4))" "$i" "$i" "$(basename "${pictures[$((i % ${#pictures[@]}))]}")"
done >"$out/foodie/sivqa_tidy.json"
echo ']' >>"$out/foodie/sivqa_tidy.json"

tune=("$litre" tune --model "$model" --data "$out/foodie" --output "$out/run" "${engine[@]}" --target attention --max-steps 20 --save-steps 5 --validation-share 0 --eval none)
"${tune[@]}" >"$out/tune.txt" 2>&1 &
trainer=$!
start=$SECONDS
# Stops the run with a signal once it has a checkpoint. (Background jobs of a shell ignore the signal of Ctrl+C.)
while kill -0 $trainer 2>/dev/null && ! ls -d "$out"/run/checkpoint-* >/dev/null 2>&1; do sleep 0.2; done
kill -TERM $trainer 2>/dev/null
wait $trainer
echo "      tune, stopped: exit code $? after $((SECONDS - start)) s, $(ls -d "$out"/run/checkpoint-* | tail -n 1 | xargs basename)"
timed resume "${tune[@]}" --resume
steps=$(grep -c '"type":"step"' "$out/run/metrics.jsonl")
[ "$steps" -eq 20 ] || { failed=$((failed + 1)); echo "FAIL  $steps steps are in the metrics, expected 20"; }
grep -h -A4 -i 'planned' "$out/resume.txt" | head -n 8
timed ask "$litre" ask --model "$model" --adapter "$out/run/best" "${engine[@]}" --image "${pictures[0]}" "Which region is this dish a specialty of?" --max-new-tokens 16
echo "real size: $failed failed; what was printed lies in $out"
[ $failed -eq 0 ]
