#!/usr/bin/env bash
# Runs the clients in tests/clients, unchanged from the npm registry, against this server. Needs node 20 or newer.
set -euo pipefail

root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
cd "$root"
. build/sdk.sh
ensure_sdk

if ! command -v node >/dev/null || [ "$(node -p 'process.versions.node.split(".")[0]')" -lt 20 ]; then
  echo "client-tests.sh: node 20 or newer is not on the PATH; install it to test the server with real clients" >&2
  exit 2
fi
dotnet build tests/Litre.Server.ClientHost -v q --nologo -nodeReuse:false
cd tests/clients
npm ci --no-audit --no-fund --ignore-scripts
node --test --test-reporter=spec
