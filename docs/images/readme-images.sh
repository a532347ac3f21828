#!/usr/bin/env bash
# Makes the images of the README again, from real runs: readme-*.png in this folder. Run it after a change of the report or of the output.
# Usage: docs/images/readme-images.sh [RUN]   RUN is the folder of a finished run of `bash finetune.sh`; without it, the example runs first.
# The images show paths: use a clone at a path that may be seen. Needs tmux, chromium, convert (ImageMagick) and the DejaVu fonts.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
export COLORTERM=truecolor PS1='$ '
tmux() { command tmux -L litre-images -f /dev/null "$@"; }
trap 'tmux kill-server 2>/dev/null || true; rm -rf "$work"' EXIT

# Runs a command in a terminal of 100 columns. Arguments: LINES, the command.
start() {
  tmux kill-session -t view 2>/dev/null || true
  tmux new-session -d -s view -x 100 -y "$1" "cd $root; $2; touch $work/done; sleep 3600"
}

# Waits for the end of the command, and prints what the terminal shows.
finish() {
  until [ -e "$work/done" ]; do sleep 1; done
  rm "$work/done"
  tmux capture-pane -e -p -t view
}

# Takes a screenshot of a page. Arguments: FILE, URL, width, height, scale, then options of convert.
shoot() {
  chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --force-device-scale-factor="$5" --window-size="$3,$4" \
    --screenshot="$work/shot.png" "$2" 2>/dev/null
  convert "$work/shot.png" "${@:6}" +dither -colors 64 -strip -define png:compression-level=9 "PNG8:$here/$1"
}

# Renders what is read as a terminal window. Arguments: FILE, title.
render() {
  awk -v TITLE="$2" -f "$here/terminal.awk" >"$work/page.html"
  shoot "$1" "file://$work/page.html" 900 1400 2 -trim
}

# Trims empty lines at the end.
trim() { sed -e :a -e '/^\n*$/{$d;N;ba' -e '}'; }

"$root/litre" --version >/dev/null # builds it
tmux new-session -d -s hold # keeps the server between views

plan="litre plan --model Qwen3-VL-30B-A3B-Instruct --samples 1400 --image 1024x768 --text-tokens 120 --machine gb10"
start 60 "./$plan"
finish | trim | render readme-plan.png "$plan"

data=$work/my-data
"$root/litre" data make drawings --count 60 --seed 1 --output "$data" >/dev/null
first=$(head -n 1 "$data/train.jsonl")
{
  printf '%s\n' "${first/000000.png/scan-0117.png}"
  cat <<'ROWS'
{"messages":[{"role":"user","content":"<image><image>Which?"},{"role":"assistant","content":"A"}],"images":["images/000003.png"]}
{"messages":[{"role":"user","content":"<image>Which scale?"}],"images":["images/000004.png"]}
ROWS
} >>"$data/train.jsonl"
start 150 "cd $work && $root/litre data check my-data --model $root/assets/litre-nano"
finish | trim | sed -n '/rows cannot be used/,$p' | render readme-data-check.png "litre data check my-data --model assets/litre-nano"

run=${1:-}
if [ -z "$run" ]; then
  run=runs/readme-$(date +%Y%m%d-%H%M%S)
  start 50 "bash finetune.sh --output $run"
  until tmux capture-pane -p -t view | grep -q 'step 1[0-9][0-9]/420'; do sleep 2; done
  tmux capture-pane -e -p -t view | trim | sed -n -e '/^Trains/p' -e '/^Starts/G;/^Starts/p' -e '/step .* left/,$p' |
    render readme-training.png "bash finetune.sh"
  tmux new-session -d -s watch -x 100 -y 20 "cd $root; ./litre watch --run $run/run"
  sleep 15
  tmux capture-pane -e -p -t watch | trim | render readme-watch.png "litre watch"
  finish >/dev/null
fi

# The verdict and the first two answers, without the curves in between.
report=$(cd "$root" && realpath "$run/run/report.html")
sed 's|</head>|<style>section:first-of-type,h1,.sub{display:none}header{margin-bottom:0}</style></head>|' "$report" >"$work/report.html"
shoot readme-report.png "file://$work/report.html" 1000 745 1.5
ls -l "$here"/readme-*.png
