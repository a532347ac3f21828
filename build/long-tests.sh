#!/usr/bin/env bash
# Runs the tests that take minutes each and are therefore not part of ./test.sh, such as the example in a fresh clone.
set -euo pipefail

root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
cd "$root"
. build/sdk.sh
ensure_sdk

project=tests/Litre.Cli.Tests
echo "Building $project ..."
dotnet build "$project" -v q --nologo -nodeReuse:false
echo "Running the long tests (5 to 15 minutes) ..."
dotnet "$project/bin/Debug/net10.0/Litre.Cli.Tests.dll" -noLogo -noColor -explicit only -showLiveOutput
