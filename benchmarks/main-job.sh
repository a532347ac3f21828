#!/usr/bin/env bash
# Runs the whole main job on real input without manual conversion: check, preview, tune, eval, ask, batch, export.
# Usage: benchmarks/main-job.sh QWEN_DEMO PHOTO [OUT]
#   QWEN_DEMO  folder of the sample data in Qwen's own fine-tuning scripts (single_images.json, images/)
#   PHOTO      any image; data in the form of FoodieQA's three files are created for it
#   OUT        the output folder, default out/main-job
# LITRE is the program (default ./litre), DEVICE and DTYPE the device and type it computes with, KINDS the small checkpoints to use
# (dense moe).
set -uo pipefail

cd "$(dirname "$0")/.." || exit 1
demo=${1:?usage: benchmarks/main-job.sh QWEN_DEMO PHOTO [OUT]}
photo=${2:?usage: benchmarks/main-job.sh QWEN_DEMO PHOTO [OUT]}
out=${3:-out/main-job}
litre=${LITRE:-./litre}
engine=(--device "${DEVICE:-cpu}" --dtype "${DTYPE:-float32}")
failed=0
rm -rf "$out"
mkdir -p "$out/foodie/images"

# As published: options and the answer's index in a string, the image under food_meta or in images.
cp "$photo" "$out/foodie/images/14456664_217_IMG_3854.jpeg"
cp "$photo" "$out/foodie/images/14456664_217_IMG_3855.jpeg"
cp "$demo"/images/*.png "$out/foodie/images/"
pictures=$(cd "$out/foodie" && printf '"%s",' images/*)
json_list() { sed '1s/^/[/; $!s/$/,/; $s/$/]/'; }

for i in 1 2 3 4 5 6 7 8; do
  tr -d '\n' <<JSON
{"question": "图片中的食物是哪个地区的特色菜？", "choices": ["四川", "广东", "北京", "江苏"], "answer": "$((i % 4))", "question_type": "region", "food_name": "家常菜", "question_id": "$i",
 "food_meta": {"main_ingredient": ["猪肉"], "id": 217, "food_name": "家常菜", "food_type": "炒菜", "food_location": "家", "food_file": "images/14456664_217_IMG_385$((4 + i % 2)).jpeg"},
 "question_en": "Which region is this dish a specialty of?", "choices_en": ["Sichuan", "Guangdong", "Beijing", "Jiangsu"]}
JSON
  echo
done | json_list >"$out/foodie/sivqa_tidy.json"
for i in 1 2 3 4; do
  printf '{"question": "哪张图片里的菜适合冬天吃？", "choices": "", "answer": "%d", "question_type": "cooking-skills", "question_id": %d, "ann_group": "闽", "images": [%s], "question_en": "Which dish suits winter?"}\n' \
    $((i % 4)) "$i" "${pictures%,}"
done | json_list >"$out/foodie/mivqa_tidy.json"
for i in 1 2 3 4; do
  printf '{"question": "水煮牛肉是什么口味的？", "choices": ["麻辣", "酸甜", "咸鲜", "清淡"], "answer": "0", "question_type": "flavor", "food_name": "水煮牛肉", "cuisine_type": "川菜", "question_id": %d}\n' "$i"
done | json_list >"$out/foodie/textqa_tidy.json"

step() {
  local name=$1
  shift
  if "$@" >"$out/$name.txt" 2>&1; then echo "ok    $name"; else
    failed=$((failed + 1))
    echo "FAIL  $name (exit code $?)"
    tail -n 5 "$out/$name.txt"
  fi
}

for kind in ${KINDS:-dense moe}; do
  benchmarks/small-checkpoint.sh "$out/small-$kind" "$kind" >/dev/null || exit 1
  model=$out/small-$kind/model
  for data in "$demo" "$out/foodie"; do
    name=$kind-$(basename "$data")
    step "$name-check" "$litre" data check "$data" --model "$model"
    step "$name-preview" "$litre" data preview "$data" --html "$out/$name.html" --model "$model"
    step "$name-tune" "$litre" tune --model "$model" --data "$data" --output "$out/$name" "${engine[@]}" \
      --max-steps 12 --learning-rate 2e-3 --validation-share 0.4 --max-new-tokens 8
    step "$name-eval" "$litre" eval --model "$model" --adapter "$out/$name/best" --data "$data" "${engine[@]}" --split all --max-new-tokens 8
    step "$name-ask" "$litre" ask --model "$model" --adapter "$out/$name/best" "${engine[@]}" --image "$photo" "What is this?" --max-new-tokens 8
    step "$name-batch" "$litre" batch --model "$model" --adapter "$out/$name/best" "${engine[@]}" --images "$out/foodie/images" \
      --prompt "Describe it." --output "$out/$name.jsonl" --max-new-tokens 8
    step "$name-merged" "$litre" export --model "$model" --adapter "$out/$name/best" --to merged --output "$out/$name-merged" "${engine[@]}"
    step "$name-peft" "$litre" export --model "$model" --adapter "$out/$name/best" --to peft --output "$out/$name-peft" "${engine[@]}"
    step "$name-ask-merged" "$litre" ask --model "$out/$name-merged" "${engine[@]}" --image "$photo" "What is this?" --max-new-tokens 8
    if [ "${DTYPE:-float32}" = float32 ] && ! cmp -s "$out/$name-ask.txt" "$out/$name-ask-merged.txt"; then
      failed=$((failed + 1))
      echo "FAIL  $name: the merged checkpoint answers otherwise than base and adapter"
    fi
  done
done
echo "main job: $failed failed; what was printed lies in $out"
[ $failed -eq 0 ]
