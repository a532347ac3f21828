#!/usr/bin/env bash
# Prints every text that a user may read, for a review of the words: the help of each command, then the string literals of
# the sources with their places.
#   build/texts.sh             everything
#   build/texts.sh FOLDER...   only the string literals in these folders, such as src/Litre.Cli
set -euo pipefail

root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
cd "$root"
. build/sdk.sh
ensure_sdk

# The help of a command, then that of its subcommands.
print_help() {
  local text name
  text=$(./litre "$@" --help)
  printf '== litre %s\n%s\n\n' "$*" "$text"
  for name in $(awk '/^[A-Z]/ { listed = /^Commands:/ } listed && /^  [a-z]/ { print $1 }' <<<"$text"); do
    print_help "$@" "$name"
  done
}

[ $# -gt 0 ] || print_help
dotnet run build/texts.cs -- "$@"
