#!/usr/bin/env bash
# Makes the small base model again, from nothing: data, random weights, three trainings, and what it reads of held-out pictures.
# Usage: recipes/nano/make.sh OUT
# LITRE names the program (default ./litre); SCALE in percent makes less of everything. A GPU is needed to be done in minutes.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=${1:?usage: recipes/nano/make.sh OUT}
litre=${LITRE:-$here/../../litre}
scale=${SCALE:-100}
mkdir -p "$out"/{words,read,few,many,test}

share() { echo $((($1 * scale + 99) / 100)); }

make() { # kind, folder, seed, further options
  [ -d "$2" ] || "$litre" data make "$1" --output "$2" --seed "$3" --language both "${@:4}"
}

steps() { sed -n 's/^max-steps: *//p' "$here/$1"; }

# The tokenizer learns the questions' words. Codes and numbers stay letters and digits.
make drawings "$out/words/drawings" 9 --train 300 --validation 0 --test 0 --questions 8
make charts "$out/words/charts" 9 --train 200 --validation 0 --test 0 --questions 8
make lettering "$out/words/lettering" 9 --train 50 --validation 0 --test 0 --questions 1
[ -d "$out/start" ] || "$litre" init "$here/config.json" --tokenizer-from "$out/words" --vocabulary 1024 --min-pixels 1024 --output "$out/start" --seed 1

train() { # recipe, model, data, run
  [ -f "$4/checkpoint-$(share "$(steps "$1")")/model.safetensors" ] ||
    "$litre" tune --recipe "$here/$1" --model "$2" --data "$3" --output "$4" --max-steps "$(share "$(steps "$1")")"
}

last() { echo "$2/checkpoint-$(share "$(steps "$1")")"; }

make lettering "$out/read/words" 13 --style word --train "$(share 40000)" --validation 200 --test 0 --questions 1
make lettering "$out/read/lines" 14 --style lines --train "$(share 40000)" --validation 200 --test 0 --questions 1
train read.yaml "$out/start" "$out/read" "$out/reads"

make drawings "$out/few/drawings" 11 --style iso,din,plain --train "$(share 30000)" --validation 200 --test 0 --questions 2 --turns 6
make charts "$out/few/charts" 12 --train "$(share 12000)" --validation 100 --test 0 --questions 2 --turns 6
make lettering "$out/few/sheets" 15 --style sheet --train "$(share 8000)" --validation 0 --test 0 --questions 1
train first.yaml "$(last read.yaml "$out/reads")" "$out/few" "$out/first"

make drawings "$out/many/drawings" 31 --train "$(share 24000)" --validation 200 --test 0 --questions 2 --turns 8
make drawings "$out/many/varied" 32 --style varied --train "$(share 16000)" --validation 100 --test 0 --questions 2 --turns 8
make charts "$out/many/charts" 33 --train "$(share 40000)" --validation 200 --test 0 --questions 2 --turns 8
make lettering "$out/many/tables" 34 --style lookup --train "$(share 12000)" --validation 100 --test 0 --questions 1 --turns 8
train tune.yaml "$out/first/best" "$out/many" "$out/run"

make drawings "$out/test/drawings" 21 --train 0 --validation 0 --test 400 --questions 2
make charts "$out/test/charts" 22 --train 0 --validation 0 --test 200 --questions 2
"$litre" eval --model "$out/run/best" --data "$out/test" --split test --batch-tokens 65536 --output "$out/eval"
