#!/usr/bin/env bash
# Fine-tunes a model on a folder of data and compares the result with the base model, in one command.
[ -n "${BASH_VERSION:-}" ] || { echo "finetune.sh: this is a bash script; run it with bash: bash finetune.sh" >&2; exit 2; }
set -uo pipefail

root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
. "$root/build/options.sh"
# A release has the program; a clone of the repository builds it.
[ -f "$root/bin/litre" ] || . "$root/build/sdk.sh"

usage() {
  cat <<'TEXT'
Fine-tunes a Qwen3-VL model on your own images, questions and answers. Nothing leaves this machine.

  bash finetune.sh                              runs an example in 3 to 8 minutes on two processor cores
  bash finetune.sh --model MODEL --data DATA    runs with your model and your data

  MODEL   the folder of a Qwen3-VL model as published on the hub (config.json, *.safetensors, tokenizer.json)
  DATA    a folder with your data, or one JSON, JSONL, CSV, TSV or Parquet file next to its images

What happens:
  1. In a clone of the repository, the .NET 10 SDK is installed if it is missing, and Litre is built. A release needs neither.
  2. Every row and image is checked. Each one that cannot be used is listed with the reason and the fix.
  3. A plan shows whether the run fits into memory and on the disk, with which settings, and how long it takes.
  4. An adapter is trained. Ctrl+C writes a checkpoint and prints the command that continues the run.
  5. The base model and the tuned model answer held-out questions, and the answers are compared.
The run's folder then holds the adapter (best/) and a report (report.html), and the next commands are printed.

The example tunes a small model that comes with Litre (assets/litre-nano). The model reads engineering drawings, but not those of
Nordhavn, an invented company with its own codes and layout. The script generates 900 of the company's drawings, tunes the model on
800 of them, and asks the base model and the tuned model about the other 100. The exit code is 0 only if the tuned model is
significantly better. --seed N generates other drawings.

Common settings (./litre tune --help lists all):
  --output DIR          the folder of the run. Default: runs/NAME-TIME, with the name of the data
  --epochs N            passes over the data
  --learning-rate X     peak learning rate
  --lora-rank N         rank of the adapter: its capacity
  --max-pixels N        shrink images that have more pixels: less memory, faster
  --device cpu|cuda     where to compute. Default: cuda if there is a usable GPU
  --resume              with --output DIR: continue a run that was stopped
TEXT
}

fail() {
  echo "finetune.sh: $1" >&2
  exit 2
}

model='' data='' output='' resume='' recipe='' seed=1
pass=()   # options of litre tune
check=()  # options of litre data check: those that change how data are counted
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --*=*)
      set -- "${1%%=*}" "${1#*=}" "${@:2}"
      [ -n "$2" ] || fail "$1= has no value; see bash finetune.sh --help"
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
  { [ $# -ge 2 ] && [[ $2 != --* ]]; } || fail "$1 needs a value; see bash finetune.sh --help"
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
      # 0 selects the default in tune; data check selects it when the option is omitted.
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
  [ -e "$output" ] && fail "--output $output: the folder exists already; choose another one"
  model=$root/assets/litre-nano data=$output/data
elif [ -z "$resume" ]; then
  [ -n "$model" ] && [ -n "$data" ] || fail "--model DIR and --data DIR are both required; see bash finetune.sh --help"
  check_model
  [ -e "$data" ] || fail "--data $data: no such file or folder; give the folder or file with the data"
elif [ -z "$output" ]; then
  fail "--resume: no run is given; add --output DIR with the folder of the run"
fi
if [ -z "$output" ]; then
  name=$(basename -- "$(realpath -- "$data")")
  output=runs/${name%.*}-$(date +%Y%m%d-%H%M%S)
fi
if [ -n "$example" ]; then
  # Options on the command line override the recipe.
  check+=(--validation-share 0)
  pass=(--recipe "$root/recipes/nano/company.yaml" --require-better ${pass[@]+"${pass[@]}"})
  run=$output/run
else
  run=$output
fi
pass+=(--output "$run")
[ -n "$model" ] && pass+=(--model "$model")
[ -n "$data" ] && pass+=(--data "$data")


# What follows, before anything is downloaded: one line for each part, with its time.
announce() {
  local number=0
  if [ -n "$example" ]; then
    echo "Litre runs an example: it tunes a small model on generated drawings and compares it with its base."
  elif [ -n "$resume" ]; then
    echo "Litre continues the run in $run."
  else
    echo "Litre tunes the model $model on $data and compares it with its base."
  fi
  echo "Nothing leaves this machine. The parts, with their times on two processor cores:"
  if [ ! -f "$root/bin/litre" ]; then
    find_sdk
    case $sdk_source in apt | download) part "download and install $(describe_sdk)" "1 to 5 minutes" ;; esac
    if ! packages_are_there; then part "download NuGet packages, about 310 MB, from nuget.org or your mirror into ~/.nuget" "1 to 5 minutes"; fi
    if [ ! -f "$root/src/Litre.Cli/bin/Release/.built" ]; then part "build Litre" "1 to 4 minutes"; fi
  fi
  [ -z "$example" ] || part "generate 900 drawings with questions and answers in $data" "10 to 20 seconds"
  [ -n "$resume" ] || part "check every row and image of the data" "$([ -n "$example" ] && echo "10 seconds" || echo "seconds to minutes")"
  if [ -n "$example" ]; then
    part "plan and train an adapter, then answer 100 held-out questions before and after, in $run" "3 to 7 minutes"
  else
    part "plan the run: memory, disk and time. What does not fit is refused here" "under a minute"
    part "train an adapter, then answer held-out questions before and after, in $run" "as the plan states"
  fi
  echo "Ctrl+C stops it at any time; what is finished is kept."
  echo
}

part() {
  number=$((number + 1))
  echo "  $number. $1: $2"
}

# The programs below report what Ctrl+C stopped.
trap 'exit 130' INT
announce
[ -f "$root/bin/litre" ] || ensure_sdk || exit 2
litre=$root/litre

# Builds the program in a clone. Without libtorch nothing can be trained: better refused now than after the data have been checked.
"$litre" doctor --libtorch >/dev/null || {
  code=$?
  if [ "$code" -eq 2 ] && [ -f "$root/bin/litre" ] && [ "$(uname -m)" = x86_64 ]; then
    echo "finetune.sh: on a machine without a GPU, unpack litre-libtorch-cpu-VERSION-linux-x64.tar.xz of the same release over this folder (docs/release.md)" >&2
  fi
  exit "$code"
}

if [ -n "$example" ]; then
  echo "== Generating the drawings"
  echo "Nordhavn writes Ms58 for CuZn39Pb3, B7 for 17 pieces, D12.5 T02 for φ12.5±0.02 (docs/data-make.md). The small model has never seen this."
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
  # Without a comparison it was stopped or refused, and the program has printed what to do.
  [ -f "$run/evaluation.json" ] || exit "$code"
  cat <<TEXT

Ask the tuned model about a drawing that neither model has seen:
  $litre data make drawings --style company --seed $((seed + 1000)) --train 0 --validation 0 --test 1 --output $output/other
  $litre ask --model $model --adapter $run/best --image $output/other/images/000000.png "What is the part number of item 1?"
Continue a run that was stopped:
  bash $root/finetune.sh --resume --output $run
Check whether the 30B model fits on this machine, then tune a model on your own data:
  $litre plan --model Qwen3-VL-30B-A3B-Instruct --samples 1400 --image 1024x768 --text-tokens 120
  bash $root/finetune.sh --model PATH/Qwen3-VL-30B-A3B-Instruct --data YOUR-DATA
TEXT
  [ "$code" -eq 1 ] && echo "finetune.sh: the tuned model is not significantly better than the base model" >&2
  exit "$code"
fi

# Prints the plan (== Planning) and refuses what does not fit before it loads the model, then trains (== Tuning).
# Ends with the comparison and the next commands.
exec "$litre" tune "${pass[@]}"
