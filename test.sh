#!/usr/bin/env bash
# Builds everything and runs every test, on a fresh machine too. Ends with the line
# "N passed, N failed" or "N passed, N failed, N skipped"; the exit code is not 0 if anything failed.
set -uo pipefail

root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
cd "$root" || exit 1
. build/sdk.sh
ensure_sdk || exit 1

at_once=2          # test projects at a time
limit=900          # seconds for one project: a hanging test must not hang the run
# Two projects at once on two cores: OpenMP's threads that spin while they wait would keep each other from working.
export OMP_WAIT_POLICY=passive
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

project_count=$(grep -c '<Project ' Litre.slnx)
if ! with_progress "Building" "$results/build.log" dotnet build Litre.slnx -v m --tl:off --nologo -nodeReuse:false; then
  explain_build "$results/build.log"
  echo "No test ran."
  exit 1
fi

run_project() {
  local project=$1 name
  name=$(basename "$project")
  # Tensors in tests are so small that threads cost more than they save; commands are tested as they run for users.
  [ "$name" = Litre.Cli.Tests ] || export OMP_NUM_THREADS=1
  timeout -k 10 "$limit" dotnet "$project/bin/Debug/net10.0/$name.dll" \
    -noLogo -noColor -result-xml "$results/$name.xml" >"$results/$name.log" 2>&1
  echo $? >"$results/$name.code"
}

# One number out of the report's <assembly> element.
count() {
  grep -o -m 1 '<assembly [^>]*>' "$results/$1.xml" 2>/dev/null | sed -n "s/.* $2=\"\([0-9]*\)[.0-9]*\".*/\1/p"
}

# The longest first, so that none of them is left to run alone at the end.
projects=()
for project in tests/Litre.{Training,Cli,Model}.Tests tests/*.Tests; do
  [[ " ${projects[*]} " == *" $project "* ]] && continue
  if [ -n "$(find "$project" \( -name bin -o -name obj \) -prune -o -name '*.cs' -print -quit)" ]; then
    projects+=("$project")
  else
    echo "$(basename "$project"): no tests yet"
  fi
done

for project in "${projects[@]}"; do
  while [ "$(jobs -rp | wc -l)" -ge "$at_once" ]; do wait -n; done
  run_project "$project" &
done
wait

passed=0 failed=0 skipped=0
for project in "${projects[@]}"; do
  name=$(basename "$project")
  code=$(cat "$results/$name.code")
  ok=$(count "$name" passed) bad=$(count "$name" failed) skip=$(count "$name" skipped) errors=$(count "$name" errors)
  if [ -z "$ok" ] || [ $((ok + bad + skip)) -eq 0 ]; then
    why="crashed"
    [ "$code" -eq 124 ] && why="did not end within $limit s"
    [ -n "$ok" ] && why="ran no test"
    echo "$name: $why (exit code $code); how its output begins and ends:"
    # A crash prints its reason first and then hundreds of stack lines.
    { head -n 20 "$results/$name.log"; echo ...; tail -n 5 "$results/$name.log"; } | cut -c 1-200 | sed 's/^/  /'
    failed=$((failed + 1))
    continue
  fi
  # Errors outside a test (a fixture's clean-up) and a bad exit after good tests are failures as well.
  bad=$((bad + errors))
  [ "$code" -ne 0 ] && [ "$bad" -eq 0 ] && bad=1
  echo "$name: $ok passed, $bad failed, $skip skipped, $(count "$name" time) s"
  if [ "$bad" -gt 0 ]; then
    grep -vE '^  (Discover|Start|Finish)' "$results/$name.log" | sed 's/^/  /'
  elif [ "$skip" -gt 0 ]; then
    grep -A 1 -F '[SKIP]' "$results/$name.log" | grep -v '^--$'
  fi
  passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + skip))
done

if [ "$skipped" -gt 0 ]; then
  echo "$passed passed, $failed failed, $skipped skipped"
else
  echo "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
