#!/usr/bin/env bash
# Makes a small random checkpoint with tokenizer and processor, and a small data set of real images.
# Usage: benchmarks/small-checkpoint.sh OUT [dense|moe]   makes OUT/model and OUT/data. LITRE is the program.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
out=${1:?usage: benchmarks/small-checkpoint.sh OUT [dense|moe]}
kind=${2:-dense}
mkdir -p "$out/data/images"
cp "$root"/tests/reference/images/*.png "$out/data/images/"

# Few patches per image, so that a step takes milliseconds.
rm -rf "$out/model"
"${LITRE:-$root/litre}" init "$root/tests/reference/$kind/model/config.json" --tokenizer "$root/tests/Litre.Data.Tests/assets/tiny" \
  --dtype float32 --min-pixels 1024 --max-pixels 16384 --output "$out/model"

rm -f "$out/data/train.jsonl"
row=0
for picture in "$out"/data/images/*.png; do
  for question in "How wide is it?" "How high is it?" "这是什么？" "Describe the picture."; do
    printf '{"id": %d, "image": "images/%s", "question": "%s", "answer": "picture %s, answer %d"}\n' \
      "$row" "$(basename "$picture")" "$question" "$(basename "$picture" .png)" $((row % 4)) >>"$out/data/train.jsonl"
    row=$((row + 1))
  done
done
echo "$out/model and $out/data: $row rows"
