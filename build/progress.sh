# Sourced by sdk.sh: shows how far a long command is, on standard error. Needs $project_count, the number of projects to build.

# Usage: with_progress LABEL LOG COMMAND...      The output of the command goes to LOG; its exit code is returned.
# On a terminal one line is renewed each second; elsewhere a line is printed for each project that is built, and one each half minute.
with_progress() {
  local label=$1 log=$2 code=0 monitor
  shift 2
  : >"$log"
  watch_progress "$label" "$log" $$ &
  monitor=$!
  # In the foreground, so that Ctrl+C reaches it.
  "$@" >"$log" 2>&1 9>&- || code=$?
  kill "$monitor" 2>/dev/null
  wait "$monitor" 2>/dev/null || true
  [ ! -t 2 ] || printf '\r\033[K' >&2
  return "$code"
}

watch_progress() {
  local label=$1 log=$2 parent=$3 began=$SECONDS built=0 last=0 now names
  exec 9>&-
  while kill -0 "$parent" 2>/dev/null; do
    sleep 0.5
    now=$((SECONDS - began))
    # The build prints "  Litre.Core -> /path/Litre.Core.dll" for each project.
    names=$(sed -n 's/^ *\([A-Za-z.]*\) -> .*/\1/p' "$log")
    if [ -t 2 ]; then
      printf '\r\033[K%s: %d s%s' "$label" "$now" "${names:+, project $(wc -l <<<"$names") of $project_count done: ${names##*$'\n'}}" >&2
      continue
    fi
    while IFS= read -r name; do
      [ -z "$name" ] || { built=$((built + 1)) last=$now; echo "$label: $now s, project $built of $project_count done: $name" >&2; }
    done < <(tail -n "+$((built + 1))" <<<"$names")
    if [ $((now - last)) -ge 30 ]; then
      last=$now
      echo "$label: $now s" >&2
    fi
  done
}
