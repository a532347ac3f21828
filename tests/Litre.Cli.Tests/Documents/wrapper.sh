#!/usr/bin/env bash
# Stands for a program that a document names: finds the command in the table, changes it, runs it, and records what was run.
# LITRE_TABLE is the table, LITRE_STEP the file name for records of the present command, LITRE_PATH the path without wrappers.
set -uo pipefail
export PATH=$LITRE_PATH

# Programs of the path by their name, scripts by their path from the repository's folder.
name=$(cd "$(dirname "$0")" && git rev-parse --show-prefix 2>/dev/null)${0##*/}
line="$name $*"
best='' kind=Run change='' input='' codes=0
while IFS=$'\x1f' read -r begin k c i x; do
  if [[ $line == "$begin"* ]] && { [[ $begin == *[/-] ]] || [[ "$line " == "$begin "* ]]; } && [ ${#begin} -gt ${#best} ]; then
    best=$begin kind=$k change=$c input=$i codes=$x
  fi
done <"$LITRE_TABLE"
[ -z "$best" ] || printf '%s\n' "$best" >>"$LITRE_STEP.used"

if [ "$kind" = NotRun ]; then
  printf '%s\n' "$line" >>"$LITRE_STEP.not-run"
  exit 0
fi

if [ "$name" = litre ]; then
  export LITRE_LAUNCHER=$0
  program=(timeout -k 5 300 "$LITRE_DOTNET" "$LITRE_PROGRAM") # one that hangs is reported, with code 124
else
  case "${best:+listed }$name ${1:-}" in
    "dotnet --"*) ;;
    dotnet* | apt* | curl* | docker* | pip* | ssh* | sudo* | wget*)
      echo "$line: reaches outside of the test, or builds; give it an entry in tests/Litre.Cli.Tests/Documents/Adaptations.cs" >&2
      exit 97
      ;;
  esac
  program=("$name")
fi

arguments=("$@")

# Takes an option and its value out of the arguments; fails where it is not there.
remove() {
  local kept=() found=1 skip='' argument
  for argument in ${arguments[@]+"${arguments[@]}"}; do
    if [ -n "$skip" ] && [[ $argument != --* ]]; then
      skip=''
      continue
    fi
    skip=''
    case $argument in
      "$1") found=0 skip=$2 ;;
      "$1"=*) found=0 ;;
      *) kept+=("$argument") ;;
    esac
  done
  arguments=(${kept[@]+"${kept[@]}"})
  return "$found"
}

if [ "$kind" = Instead ]; then
  program=(bash -c "$change" "$name")
else
  read -ra words <<<"$change"
  for ((n = 0; n < ${#words[@]}; n++)); do
    word=${words[n]}
    case $word in
      [A-Z]*=*) export "${word?}" ;;
      !*) remove "${word#!}" '' || true ;;
      *)
        value=()
        if [ $((n + 1)) -lt ${#words[@]} ] && [[ ${words[n + 1]} != [-!?]* && ${words[n + 1]} != [A-Z]*=* ]]; then
          n=$((n + 1))
          value=("${words[n]}")
        fi
        if remove "${word#\?}" "${value[*]-}" || [[ $word != \?* ]]; then
          arguments+=("${word#\?}" ${value[@]+"${value[@]}"})
        fi
        ;;
    esac
  done
fi
printf '%s\n' "$name ${arguments[*]-}" >>"$LITRE_STEP.ran"

run() {
  if [ -n "$input" ]; then
    printf '%b' "$input" 2>/dev/null | "${program[@]}" ${arguments[@]+"${arguments[@]}"}
  else
    "${program[@]}" ${arguments[@]+"${arguments[@]}"}
  fi
}

case $kind in
  Quiet) run >/dev/null ;;
  Once)
    kept=$LITRE_SANDBOX/once/$(printf '%s\n' "${arguments[@]}" | sha256sum | cut -c 1-16)
    mkdir -p "$LITRE_SANDBOX/once"
    exec 9>"$kept.lock"
    flock 9
    if ! [ -f "$kept.code" ]; then
      run >"$kept.out" 2>"$kept.err" 9>&-
      echo $? >"$kept.code"
    fi
    cat "$kept.out"
    cat "$kept.err" >&2
    (exit "$(cat "$kept.code")")
    ;;
  *) run ;;
esac
code=$?
[[ " $codes " == *" $code "* ]] && exit 0
exit "$code"
