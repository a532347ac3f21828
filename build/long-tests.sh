#!/usr/bin/env bash
# Runs the tests that take minutes each and are therefore not part of ./test.sh, such as the example in a fresh clone.
set -euo pipefail

root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
cd "$root"
. build/sdk.sh
ensure_sdk

for project in tests/Litre.Cli.Tests tests/Litre.Privacy.Tests; do
  echo "Building $project ..."
  dotnet build "$project" -v q --nologo -nodeReuse:false
done
echo "Running the long tests (7 to 18 minutes) ..."
for name in Litre.Cli.Tests Litre.Privacy.Tests; do
  dotnet "tests/$name/bin/Debug/net10.0/$name.dll" -noLogo -noColor -explicit only -showLiveOutput
done
