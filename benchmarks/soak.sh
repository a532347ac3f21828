#!/usr/bin/env bash
# Long tests that a run survives failures of the machine and broken data.
# Usage: benchmarks/soak.sh kill|stop|malformed|memory [COUNT] [SEED]
#   kill       COUNT (200) runs are killed with SIGKILL at random moments and during checkpoint writes; each is resumed and ends
#              with the weights of a run that was never killed, bit for bit
#   stop       COUNT (200) runs are disturbed at random moments of every phase (start, plan, load, training, validation, saving,
#              comparison) by SIGHUP, SIGINT, SIGTERM, SIGKILL, a full disk or the death of the governor; each is resumed, a third
#              of them are disturbed once more, and each ends with the same adapter, optimizer, metrics, answers and evaluation as
#              an undisturbed run, bit for bit. A full disk needs permission to mount a tmpfs; without it, only the other causes
#              are used
#   malformed  COUNT (1000) data sets, broken by seeded mutation, go through `litre data check`: exit code 0, 1 or 2, never a stack
#              trace, bounded memory
#   memory     COUNT (2000) steps: resident memory at the end is within 2 % of its value after step 200
# LITRE is the program (default ./litre). Everything is written to OUT (default: a temporary folder, removed on success).
set -uo pipefail

cd "$(dirname "$0")/.." || exit 1
root=$PWD
mode=${1:-}
case $mode in kill | stop) count=${2:-200} ;; malformed) count=${2:-1000} ;; memory) count=${2:-2000} ;; *)
  sed -n '2,15s/^# \{0,1\}//p' "$0"
  exit 2
  ;;
esac
RANDOM=${3:-1}
litre=${LITRE:-$root/litre}
out=${OUT:-$(mktemp -d)}
mkdir -p "$out"
for tool in jq sha256sum; do command -v "$tool" >/dev/null || { echo "soak: $tool is not installed"; exit 2; }; done
"$litre" --version >/dev/null || exit 1 # builds once, before anything is timed
"$root/benchmarks/small-checkpoint.sh" "$out/small" || exit 1

failed=0
fail() {
  failed=$((failed + 1))
  echo "FAIL $*"
}

# A number from 0 to below $1, which may be larger than one RANDOM gives.
below() { echo $(((RANDOM * 32768 + RANDOM) % $1)); }

# No function: in the background that would be a shell, and killing it would leave the program running.
tune=("$litre" tune --model "$out/small/model" --data "$out/small/data" --seed 7 --device cpu)

# Everything that the rest of the run or its result depends on, and the losses in the metrics.
result() {
  (cd "$1" && sha256sum "checkpoint-$steps"/{adapter_model,optimizer}.safetensors best/adapter_model.safetensors &&
    jq -c 'select(.type != "message" and .type != "end") | [.type, .step, .loss]' metrics.jsonl | uniq)
}

is_between_steps() { ! compgen -G "$1/.tmp-checkpoint-*" >/dev/null; }

soak_kill() {
  steps=40
  local options=(--eval none --max-steps $steps --save-steps 1 --validation-steps 4 --gradient-accumulation 2 --lora-dropout 0.1 --learning-rate 1e-3)
  local began span inside=0 finished=0 i run pid
  # The second run is timed: the first also reads the program and its libraries from the disk.
  for run in "$out/first" "$out/whole"; do
    began=$(date +%s%N)
    "${tune[@]}" "${options[@]}" --output "$run" >"$run.txt" 2>&1 || { cat "$run.txt"; exit 1; }
    span=$((($(date +%s%N) - began) / 1000000))
  done
  result "$out/whole" >"$out/whole.result" || exit 1
  echo "uninterrupted: $steps steps in $span ms"
  for ((i = 1; i <= count; i++)); do
    run=$out/run-$i
    "${tune[@]}" "${options[@]}" --output "$run" >"$run.txt" 2>&1 &
    pid=$!
    if ((i % 2)); then
      sleep "$(awk "BEGIN { print $(below "$span") / 1000 }")"
    else
      # A random moment in the run, then the next time that a checkpoint is being written.
      sleep "$(awk "BEGIN { print $(below "$span") / 1000 }")"
      while is_between_steps "$run" && kill -0 $pid 2>/dev/null; do sleep 0.002; done
    fi
    kill -9 $pid 2>/dev/null || finished=$((finished + 1))
    wait $pid 2>/dev/null
    is_between_steps "$run" || inside=$((inside + 1))
    if [ -f "$run/checkpoint-$steps/manifest.json" ] && jq -e 'select(.type == "end")' "$run/metrics.jsonl" >/dev/null 2>&1; then
      : # it was over before it was killed
    elif ! "${tune[@]}" "${options[@]}" --output "$run" --resume >>"$run.txt" 2>&1; then
      fail "run $i: does not resume"
      tail -n 3 "$run.txt"
      continue
    fi
    result "$run" >"$run.result" 2>>"$run.txt"
    if ! cmp -s "$out/whole.result" "$run.result"; then
      fail "run $i: differs from the uninterrupted one"
      diff "$out/whole.result" "$run.result" | head -n 5
      continue
    fi
    if compgen -G "$run/.tmp-*" >/dev/null || compgen -G "$run/.old-*" >/dev/null; then fail "run $i: leftovers"; fi
    rm -rf "$run" "$run.txt" "$run.result"
    ((i % 10)) || echo "$i runs, $inside killed inside a checkpoint write, $finished over too soon, $failed failed"
  done
  [ "$inside" -ge $((count / 10)) ] || fail "only $inside of $count runs were killed inside a checkpoint write"
  echo "kill: $count runs, $inside killed inside a checkpoint write, $failed failed"
}

# The same, with the results of the comparison.
all_results() {
  (cd "$1" && sha256sum "checkpoint-$steps"/{adapter_model,optimizer}.safetensors best/adapter_model.safetensors evaluation.json answers.jsonl &&
    jq -c 'select(.type == "step" or .type == "validation") | [.type, .step, .loss, .gradient_norm, .learning_rate, .best]' metrics.jsonl)
}

# Tests whether a run has reached a phase.
has_reached() {
  case $1 in
    start) true ;;
    plan) grep -q '^== Planning' "$2.txt" ;;
    load) [ -f "$2/recipe.yaml" ] ;;
    train) grep -q '"type":"step"' "$2/metrics.jsonl" ;;
    save) compgen -G "$2/.tmp-checkpoint-*" >/dev/null ;;
    validate) grep -q '"type":"validation","step":[1-9]' "$2/metrics.jsonl" ;;
    compare) grep -q '"type":"end"' "$2/metrics.jsonl" ;;
  esac 2>/dev/null
}

disturb() {
  case $1 in
    HUP | INT | TERM | KILL) kill -"$1" "$3" 2>/dev/null ;;
    disk) fallocate -l "$(df --output=avail -B1 "$2" | tail -n 1 | tr -d ' ')" "$(dirname "$2")/filler" 2>/dev/null || dd if=/dev/zero of="$(dirname "$2")/filler" bs=64K 2>/dev/null ;;
    governor) [ -s "$2/governor/alive" ] && kill -KILL "$(cat "$2/governor/alive")" 2>/dev/null ;;
  esac
}

soak_stop() {
  steps=12
  local options=(--max-steps $steps --save-steps 3 --validation-steps 2 --gradient-accumulation 2 --lora-dropout 0.1 --learning-rate 1e-3 --eval both --max-new-tokens 24 --feature-disk 0)
  local kinds=(HUP INT TERM KILL disk governor) phases=(start plan load train validate save compare) i run pid code kind phase rounds wait allowed said=0 died=0
  declare -A seen ended
  place=$out/place
  mkdir -p "$place"
  if mount -t tmpfs -o size=64m litre-soak "$place" 2>/dev/null; then trap 'umount "$place" 2>/dev/null' EXIT; else
    echo "stop: a tmpfs cannot be mounted here; full disks are not tried"
    kinds=(HUP INT TERM KILL governor)
  fi
  "${tune[@]}" "${options[@]}" --output "$out/whole" >"$out/whole.txt" 2>&1 || { cat "$out/whole.txt"; exit 1; }
  all_results "$out/whole" >"$out/whole.result" || exit 1
  # Separate jobs, since background processes of a script ignore SIGINT.
  set -m
  for ((i = 1; i <= count; i++)); do
    kind=${kinds[i % ${#kinds[@]}]}
    run=$out/run-$i
    [ "$kind" = disk ] && run=$place/run-$i
    rounds=$((1 + ($(below 3) == 0)))
    why=
    for ((; ; rounds--)); do
      wait=0
      [ "$kind" = disk ] && (($(below 2))) && wait=60
      "${tune[@]}" "${options[@]}" --output "$run" --disk-wait $wait --resume >"$run.txt" 2>"$run.err" &
      pid=$!
      if ((rounds > 0)); then
        phase=${phases[$(below ${#phases[@]})]}
        until has_reached "$phase" "$run" || ! kill -0 $pid 2>/dev/null; do sleep 0.01; done
        sleep "$(awk "BEGIN { print $(below 400) / 1000 }")"
        disturb "$kind" "$run" $pid
        [ "$kind" = governor ] && died=$((died + 1))
        if [ "$kind" = disk ]; then
          sleep 1
          [ $wait -gt 0 ] && rm -f "$place/filler"
        fi
      fi
      wait $pid 2>/dev/null
      code=$?
      rm -f "$place/filler"
      grep -q 'governor: it ended' "$run/log.txt" 2>/dev/null && said=$((said + 1))
      if ((rounds <= 0)); then
        [ $code -eq 0 ] || why="resuming ends with $code"
        break
      fi
      seen[$kind/$phase]=$((${seen[$kind/$phase]:-0} + 1))
      ended[$kind/$code]=$((${ended[$kind/$code]:-0} + 1))
      case $kind in KILL) allowed='0 137' ;; disk) allowed='0 2' ;; governor) allowed=0 ;; *) allowed='0 130' ;; esac
      # Before the program runs, the system handles the signal.
      [ -s "$run.txt" ] || allowed+=' 129 130 143'
      [[ " $allowed " == *" $code "* ]] || { why="$kind in $phase ends with $code" && break; }
      if [ "$code" -eq 130 ] && [ -s "$run.txt" ] && ! grep -qE -- '--resume|Start again with' "$run.txt"; then why="$kind in $phase does not say how to go on" && break; fi
      grep -qE 'internal error|Unhandled exception|^   at ' "$run.txt" "$run.err" && why="$kind in $phase: an internal error" && break
    done
    if [ -z "$why" ]; then
      all_results "$run" >"$out/run.result" 2>&1
      cmp -s "$out/whole.result" "$out/run.result" || why="differs from the undisturbed run ($kind in $phase)"
      if compgen -G "$run/.tmp-*" >/dev/null || compgen -G "$run/.old-*" >/dev/null; then why="leftovers ($kind in $phase)"; fi
    fi
    if [ -n "$why" ]; then
      fail "run $i: $why"
      tail -n 3 "$run.txt" "$run.err"
      [ -f "$out/run.result" ] && diff "$out/whole.result" "$out/run.result" | head -n 5
      cp -r "$run" "$out/failed-$i"
      cp "$run.txt" "$run.err" "$out/failed-$i" 2>/dev/null
    fi
    rm -rf "$run" "$run.txt" "$run.err" "$out/run.result"
    ((i % 10)) || echo "$i runs, $failed failed"
  done
  set +m
  umount "$place" 2>/dev/null
  for kind in "${!ended[@]}"; do echo "exit codes: $kind ${ended[$kind]} times"; done | sort
  for kind in "${!seen[@]}"; do echo "disturbed: $kind ${seen[$kind]} times"; done | sort
  echo "stop: $count runs, $failed failed; the governor was ended $died times and its end said in $said logs"
}

# Four bytes, most significant first.
number() { printf '%b' "$(printf '\\x%02x' $(($1 >> 24 & 255)) $(($1 >> 16 & 255)) $(($1 >> 8 & 255)) $(($1 & 255)))"; }

# A PNG of few bytes that declares a size, with the right checksum of its header.
bomb() {
  local header
  header=$(mktemp)
  { printf 'IHDR' && number "$1" && number "$2" && printf '\x08\x02\x00\x00\x00'; } >"$header"
  {
    printf '\x89PNG\r\n\x1a\n' && number 13 && cat "$header"
    # gzip ends with the same checksum, least significant byte first.
    gzip -c "$header" | tail -c 8 | head -c 4 | od -An -tx1 | awk '{ printf "\\x%s\\x%s\\x%s\\x%s", $4, $3, $2, $1 }' | xargs -0 printf '%b'
    number 64 && printf 'IDAT' && head -c 68 /dev/zero
  } >"$3"
  rm -f "$header"
}

damage_bytes() {
  local size
  size=$(stat -c %s "$1")
  ((size > 0)) || return
  for ((n = $(below 8); n >= 0; n--)); do
    printf '%b' "$(printf '\\x%02x' "$(below 256)")" | dd of="$1" bs=1 seek="$(below "$size")" conv=notrunc status=none
  done
}

mutate() {
  local data=$1 rows=$1/train.jsonl pictures line picture places
  pictures=("$data"/images/*.png)
  picture=${pictures[$(below ${#pictures[@]})]}
  # A process that writes into a pipe waits for its reader.
  [ -p "$picture" ] && return
  line=$(($(below 20) + 1))
  places=(/etc/passwd ../../train.jsonl /dev/zero images '' / images/gone.png file:///etc/hosts 'http://localhost/a.png' 'data:image/png;base64,AAAA' '\\u0000' "$(head -c 5000 /dev/zero | tr '\0' a)")
  case $(below 18) in
    0) truncate -s "$(below "$(stat -c %s "$rows")")" "$rows" ;;
    1) damage_bytes "$rows" ;;
    2) damage_bytes "$picture" ;;
    3) rm -f "$picture" ;;
    4) sed -i "${line}s|\"image\": \"[^\"]*\"|\"image\": \"${places[$(below ${#places[@]})]}\"|" "$rows" ;;
    5) ln -sf /etc/passwd "$picture" ;;
    6) ln -sf "$(basename "$picture")" "$picture" ;;
    7) ln -sf /dev/zero "$picture" ;;
    8) : >"$picture" ;;
    9) : >"$rows" ;;
    10) cp "$rows" "$picture" ;;
    11) mv "$rows" "$data/train.$(printf 'json\ncsv\ntsv\nparquet\ntxt\npng' | sed -n "$(($(below 6) + 1))p")" ;;
    12) bomb "$((1000 << $(below 20)))" "$((1000 << $(below 20)))" "$picture" ;;
    13) bomb 12000 9000 "$picture" ;;
    14) sed -i "${line}s|\"answer\": \"[^\"]*\"|\"answer\": $(printf 'null\n1e999\n{"a": [1]}\n[]\ntrue\n""\n{"answer": {"answer": 1}}' | sed -n "$(($(below 7) + 1))p")|" "$rows" ;;
    15) printf '{"question": "\xff\xfe\xed\xa0\x80", "answer": "a"}\n' >>"$rows" ;;
    16) head -c $((1 + $(below 2000000))) /dev/zero | tr '\0' "$(printf '[{"a' | cut -c $(($(below 4) + 1)))" >>"$rows" ;;
    17) rm -f "$picture" && mkfifo "$picture" ;;
  esac
}

soak_malformed() {
  local limit_kib=$((1 << 20)) data=$out/broken i pid code peak worst=0 codes=(0 0 0) seen n
  for ((i = 1; i <= count; i++)); do
    rm -rf "$data"
    cp -r "$out/small/data" "$data"
    for ((n = $(below 3); n >= 0; n--)); do mutate "$data" 2>/dev/null; done
    timeout -k 5 120 "$litre" data check "$data" --model "$out/small/model" >"$out/check.txt" 2>"$out/check.err" &
    pid=$!
    peak=0
    while kill -0 $pid 2>/dev/null; do
      # The program is the child of timeout; its highest mark so far counts, however short it was.
      seen=$(cat /proc/"$(cat /proc/$pid/task/$pid/children 2>/dev/null | cut -d' ' -f1)"/status 2>/dev/null | awk '/VmHWM/ { print $2 }')
      [ "${seen:-0}" -gt "$peak" ] && peak=$seen
      sleep 0.05
    done
    wait $pid
    code=$?
    [ "$peak" -gt "$worst" ] && worst=$peak
    why=
    if [ $code -gt 2 ]; then why="exit code $code"; else codes[code]=$((codes[code] + 1)); fi
    grep -qE '^ +at |Unhandled exception|internal error' "$out/check.txt" "$out/check.err" && why="a stack trace or an internal error"
    [ $code -eq 2 ] && [ "$(wc -l <"$out/check.err")" -ne 1 ] && why="not one line of error"
    [ "$peak" -gt $limit_kib ] && why="$peak KiB resident"
    if [ -n "$why" ]; then
      fail "data set $i: $why"
      head -n 3 "$out/check.err"
      cp -r "$data" "$out/failed-$i"
    fi
    ((i % 50)) || echo "$i data sets: ${codes[0]} usable, ${codes[2]} refused, highest resident $((worst / 1024)) MiB, $failed failed"
  done
  echo "malformed: $count data sets: ${codes[0]} usable, ${codes[2]} refused, highest resident $((worst / 1024)) MiB, $failed failed"
}

# Mean resident bytes over the twenty steps up to one.
resident() {
  jq -s --argjson last "$1" '[.[] | select(.type == "step" and .step > $last - 20 and .step <= $last) | .machine.process_bytes] | add / length | floor' "$out/long/metrics.jsonl"
}

soak_memory() {
  local early late
  "${tune[@]}" --eval none --max-steps "$count" --save-steps 500 --validation-steps 500 --output "$out/long" >"$out/long.txt" 2>&1 || { tail "$out/long.txt"; exit 1; }
  early=$(resident 200)
  late=$(resident "$count")
  awk "BEGIN { exit !($late <= $early * 1.02) }" || fail "resident memory grew by more than 2 %"
  echo "memory: $early bytes after step 200, $late after step $count ($(awk "BEGIN { printf \"%+.2f\", ($late / $early - 1) * 100 }") %), $failed failed"
}

"soak_$mode"
if [ $failed -eq 0 ]; then [ -n "${OUT:-}" ] || rm -rf "$out"; else echo "what failed is kept in $out"; fi
[ $failed -eq 0 ]
