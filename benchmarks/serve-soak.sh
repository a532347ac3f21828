#!/usr/bin/env bash
# A long test of the server: good and bad clients at the same time, then kills.
# Usage: benchmarks/serve-soak.sh [COUNT] [SEED] [KILLS]
#   COUNT (10000) requests in ten rounds: questions whose answers must be those given alone, streamed or not, with and without adapter,
#   by two keys; cancellations, slow readers, closed sockets, bytes that are no HTTP, broken bodies, oversized images, wrong keys,
#   foreign origins and hosts, adapters that come and go. Memory, open files and tensors must not grow after the fourth round, nothing
#   of one key may reach the other, and no log or metric may contain a key or a question. SIGTERM must end the server with exit code 0.
#   KILLS (5) times the server is killed with SIGKILL under load: every answer that arrived completely has its line in the audit log.
# LITRE is the program (default ./litre), PORT the port (8517). Everything is written to OUT (default: a temporary folder, removed on
# success).
set -uo pipefail

cd "$(dirname "$0")/.." || exit 1
root=$PWD
count=${1:-10000} seed=${2:-1} kills=${3:-5}
litre=${LITRE:-$root/litre}
port=${PORT:-8517}
out=${OUT:-$(mktemp -d)}
reference=$root/tests/reference/dense
mkdir -p "$out/model" "$out/adapters"
export LITRE_STATE=$out/state LITRE_FEATURES=$out/features

"$litre" --version >/dev/null || exit 1 # builds once, before anything is timed
dotnet build benchmarks/ServeSoak -c Release -v q --nologo >"$out/build.txt" 2>&1 || { cat "$out/build.txt"; exit 1; }
soak=benchmarks/ServeSoak/bin/Release/net10.0/ServeSoak.dll

cp "$reference"/model/* tests/Litre.Data.Tests/assets/tiny/* "$out/model/"
for name in one two extra; do cp -r "$reference/adapter_trained" "$out/adapters/$name"; done
key_a=$("$litre" key new soak-a 2>/dev/null) && key_b=$("$litre" key new soak-b 2>/dev/null) &&
  admin=$("$litre" key new soak-admin --admin 2>/dev/null) || { echo "serve-soak: no keys could be created in $LITRE_STATE"; exit 1; }

server=
trap '[ -z "$server" ] || kill -9 "$server" 2>/dev/null' EXIT

# The cache of prompts is so small that it is full after the first rounds: what grows after that is a leak.
start() {
  "$litre" serve --model "$out/model" --adapter one="$out/adapters/one" --adapter two="$out/adapters/two" --adapter-root "$out/adapters" \
    --port "$port" --device cpu --dtype float32 --cache-tokens 16384 >>"$out/server.log" 2>&1 &
  server=$!
  local i
  for ((i = 0; i < 240; i++)); do
    curl -sf -o /dev/null "http://127.0.0.1:$port/health" && return
    kill -0 "$server" 2>/dev/null || break
    sleep 0.5
  done
  echo "serve-soak: the server did not start; the end of $out/server.log:"
  tail -n 20 "$out/server.log"
  exit 1
}

drive() {
  dotnet "$soak" url "http://127.0.0.1:$port" key-a "$key_a" key-b "$key_b" admin "$admin" audit "$LITRE_STATE/audit" \
    image "$root/tests/reference/images/3_64x64.png" extra-adapter "$out/adapters/extra" "$@"
}

failed=0
start
drive count "$count" seed "$seed" || failed=1
kill -TERM "$server"
wait "$server"
code=$?
server=
[ "$code" = 0 ] || { echo "FAIL SIGTERM ended the server with exit code $code"; failed=1; }
for ((n = 1; n <= kills; n++)); do
  echo "kill $n of $kills"
  start
  disown "$server" # else the shell reports the kill
  drive seed $((seed + n)) kill-after $((n * 20)) || failed=1
  while kill -0 "$server" 2>/dev/null; do sleep 0.1; done
  server=
done
"$litre" audit verify || failed=1
for secret in "$key_a" "$key_b" "$admin" alpha-7f3a91 bravo-c20e58; do
  ! grep -q -- "$secret" "$out/server.log" || { echo "FAIL the server's log contains a key or a question"; failed=1; }
done
if [ "$failed" = 0 ]; then
  [ -n "${OUT:-}" ] || rm -r "$out"
  echo "serve-soak: passed"
else
  echo "serve-soak: failed; everything is in $out"
fi
exit "$failed"
