#!/usr/bin/env bash
# From a checkpoint and a folder of data to an adapter and the proof of what it gained, in one command.
[ -n "${BASH_VERSION:-}" ] || { echo "finetune.sh: is a bash script; run it with bash: bash finetune.sh" >&2; exit 2; }
set -uo pipefail

root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
. "$root/build/sdk.sh"
. "$root/build/options.sh"

usage() {
  cat <<'TEXT'
Teaches a Qwen3-VL model your own pictures, questions and answers. Everything stays on this machine.

  bash finetune.sh                              an example, in minutes on two processor cores: see below
  bash finetune.sh --model MODEL --data DATA

  MODEL   the folder of a Qwen3-VL model, as downloaded from the hub (config.json, *.safetensors, tokenizer.json)
  DATA    your data as you have them: a folder, or one JSON, JSONL, CSV, TSV or Parquet file, beside the pictures

What happens, in this order:
  1. The .NET 10 SDK is installed if it is not there, and Litre is built. The first time takes some minutes.
  2. Every row and picture is checked. What cannot be used is listed with the reason and what mends it.
  3. A plan is made and shown: whether the run fits into memory, with which settings, and how long it takes.
  4. An adapter is trained. Ctrl+C writes a checkpoint and says how to go on; nothing is lost.
  5. Questions that were held out are answered by the model before and after, and compared.
You get a folder with the adapter (best/), a page to read (report.html), and the commands to go on with.

The example: a small model that comes with Litre (assets/litre-nano) reads engineering drawings, but not those of Nordhavn, an
invented company with codes and a layout of its own. A few hundred of its drawings are made, the model is tuned on them,
and both are asked about drawings they have not seen. It ends with exit code 0 only if the tuned model is proven better.
--seed N makes other drawings.

Some settings that are often wanted; all others: ./litre tune --help
  --output DIR          where the run goes. Default: runs/ with the data's name and the time
  --epochs N            how often all data are gone through
  --learning-rate X     how fast it learns
  --lora-rank N         how much the adapter can hold
  --max-pixels N        shrink larger pictures: less memory, faster
  --device cpu|cuda     where to compute. Default: cuda where there is a usable GPU
  --resume              with --output DIR: go on with a run that was stopped
TEXT
}

fail() {
  echo "finetune.sh: $1" >&2
  exit 2
}

model='' data='' output='' resume='' recipe='' seed=1
pass=()   # for tune
check=()  # for data check: what changes how data are counted
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --*=*)
      set -- "${1%%=*}" "${1#*=}" "${@:2}"
      [ -n "$2" ] || fail "$1= has no value; bash finetune.sh --help says more"
      continue
      ;;
  esac
  kind=$(option_kind "$1") || fail "$(unknown_option "$1")"
  if [ "$kind" = flag ] || { [ "$kind" = switch ] && ! [[ ${2:-} =~ ^(true|false)$ ]]; }; then
    [ "$1" = --resume ] && resume=yes
    pass+=("$1")
    shift
    continue
  fi
  { [ $# -ge 2 ] && [[ $2 != --* ]]; } || fail "$1 needs a value; bash finetune.sh --help says more"
  value=$2
  case $value in '~' | '~/'*) value=$HOME${value#'~'} ;; esac # --data=~/x is not expanded by the shell
  case $kind in
    whole) [[ $value =~ ^[0-9]+$ ]] || fail "$1 $value: expected a whole number, 0 or more" ;;
    number) [[ $value =~ ^([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?$ ]] || fail "$1 $value: expected a number, such as 0.5 or 1e-4" ;;
  esac
  case $1 in
    --model) model=$value ;;
    --data) data=$value ;;
    --output) output=$value ;;
    *)
      [ "$1" = --seed ] && seed=$value
      [ "$1" = --recipe ] && recipe=$value
      # 0 means "the default" to tune, which data check says by omitting it.
      if [ "$value" != 0 ] && is_for_check "$1"; then check+=("$1" "$value"); fi
      pass+=("$1" "$value")
      ;;
  esac
  shift 2
done

example=''
if [ -z "$resume$model$data$recipe" ]; then
  example=yes
  output=${output:-runs/example-$(date +%Y%m%d-%H%M%S)}
  [ -e "$output" ] && fail "--output $output: exists already; choose another folder"
  model=$root/assets/litre-nano data=$output/data
elif [ -z "$resume" ]; then
  [ -n "$model" ] && [ -n "$data" ] || fail "needs --model DIR and --data DIR; bash finetune.sh --help says more"
  check_model
  [ -e "$data" ] || fail "--data $data: no such file or folder; give the folder that holds the data"
elif [ -z "$output" ]; then
  fail "--resume: say which run with --output DIR"
fi
if [ -z "$output" ]; then
  name=$(basename -- "$(realpath -- "$data")")
  output=runs/${name%.*}-$(date +%Y%m%d-%H%M%S)
fi
if [ -n "$example" ]; then
  # What is given on the command line goes over the recipe.
  check+=(--validation-share 0)
  pass=(--recipe "$root/recipes/nano/company.yaml" --require-better ${pass[@]+"${pass[@]}"})
  run=$output/run
else
  run=$output
fi
pass+=(--output "$run")
[ -n "$model" ] && pass+=(--model "$model")
[ -n "$data" ] && pass+=(--data "$data")

# The programs below say what happened when Ctrl+C stops them.
trap 'exit 130' INT
ensure_sdk || exit 1
litre=$root/litre

if [ -n "$example" ]; then
  echo "== Drawing the example"
  echo "Nordhavn draws Ms58 for CuZn39Pb3, B7 for 17 pieces, D12.5 T02 for φ12.5±0.02 (docs/data-make.md). The small model knows none of it."
  "$litre" data make drawings --style company --output "$data" --seed "$seed" --language both \
    --train 800 --validation 0 --test 100 --questions 1 --turns 8 || exit $?
fi
if [ -z "$resume" ]; then
  echo "== Checking the data"
  "$litre" data check "$data" --model "$model" ${check[@]+"${check[@]}"} || exit $?
fi

if [ -n "$example" ]; then
  "$litre" tune "${pass[@]}"
  code=$?
  # Stopped, or refused: what to do stands above.
  [ -f "$run/evaluation.json" ] || exit "$code"
  cat <<TEXT

Ask about a drawing that neither model has seen:
  $litre data make drawings --style company --seed $((seed + 1000)) --train 0 --validation 0 --test 1 --output $output/other
  $litre ask --model $model --adapter $run/best --image $output/other/images/000000.png "What is the part number of item 1?"
Go on with a run that was stopped:
  bash $root/finetune.sh --resume --output $run
The real thing: does the 30B model fit here, and then your own data:
  $litre plan --model Qwen3-VL-30B-A3B-Instruct --samples 1400 --image 1024x768 --text-tokens 120
  bash $root/finetune.sh --model PATH/Qwen3-VL-30B-A3B-Instruct --data YOUR-DATA
TEXT
  [ "$code" -eq 1 ] && echo "finetune.sh: the tuned model is not proven better than the base" >&2
  exit "$code"
fi

# Prints its plan (== Planning) and refuses what does not fit before the model is loaded, then trains (== Tuning).
# It ends with the comparison and the next commands.
exec "$litre" tune "${pass[@]}"
