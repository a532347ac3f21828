#!/usr/bin/env bash
# Makes the small base model again, from nothing: data, random weights, training, and what it reads of held-out pictures.
# Usage: recipes/nano/make.sh OUT [option of litre tune ...]
# LITRE names the program (default ./litre); DRAWINGS, CHARTS say how many pictures. A GPU is needed to be done in minutes.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=${1:?usage: recipes/nano/make.sh OUT [option of litre tune ...]}
shift
litre=${LITRE:-$here/../../litre}
drawings=${DRAWINGS:-40000} charts=${CHARTS:-16000}
mkdir -p "$out/data" "$out/words" "$out/test"

make() { # kind, folder, pictures to train on, seed, further options
  [ -d "$2" ] || "$litre" data make "$1" --output "$2" --train "$3" --seed "$4" --language both "${@:5}"
}

# The tokenizer learns the questions' words. Codes and numbers stay letters and digits.
make drawings "$out/words/drawings" 300 9 --validation 0 --test 0 --questions 8
make charts "$out/words/charts" 200 9 --validation 0 --test 0 --questions 8
[ -d "$out/start" ] || "$litre" init "$here/config.json" --tokenizer-from "$out/words" --vocabulary 1024 --output "$out/start" --seed 1

make drawings "$out/data/drawings" "$drawings" 11 --validation 100 --test 0 --questions 2 --turns 6
make charts "$out/data/charts" "$charts" 12 --validation 100 --test 0 --questions 2 --turns 6
"$litre" tune --recipe "$here/tune.yaml" --model "$out/start" --data "$out/data" --output "$out/run" "$@"

make drawings "$out/test/drawings" 0 21 --validation 0 --test 400 --questions 2
make charts "$out/test/charts" 0 22 --validation 0 --test 200 --questions 2
"$litre" eval --model "$out/run/best" --data "$out/test" --split test --max-new-tokens 128 --batch-tokens 65536 --output "$out/eval"
