# Sourced by release.sh: writes the notices of the third-party software that a published program contains.

# Name and version of each package in a published program, and of the .NET runtime, from the list that the program itself reads.
shipped_packages() {
  awk -F'"' '
    /^  "libraries"/ { listed = 1 }
    listed && /^    "/ { name = $2 }
    listed && /"type": "(package|runtimepack)"/ { sub(/^runtimepack\./, "", name); sub("/", " ", name); print name }' "$1"/*.deps.json
}

# One element of a package's description.
nuspec() {
  tr -d '\r' <"$1" | sed -n "s|.*<$2[^>]*>\([^<]*\)</$2>.*|\1|p" | head -n 1
}

# The license of a package as an SPDX expression: its own, or the one in the table for packages that give an address only.
license_of() {
  local id=$1 description=$2 expression
  expression=$(tr -d '\r' <"$description" | sed -n 's|.*<license type="expression">\([^<]*\)</license>.*|\1|p')
  [ -n "$expression" ] || expression=$(awk -v id="$id" '$1 == id { print $2 }' "$root/build/licenses/packages.txt")
  [ -n "$expression" ] || { echo "release.sh: $id states no license; find it out and add it to build/licenses/packages.txt" >&2; return 1; }
  echo "$expression"
}

# License and notices inside a package, and those that this repository keeps for packages without.
texts_of() {
  find "$2" -maxdepth 1 -type f \( -iname 'license*' -o -iname '*notice*' \) | sort
  [ ! -f "$root/build/licenses/$1.txt" ] || echo "$root/build/licenses/$1.txt"
}

rule() {
  printf '\n%s\n\n' "--------------------------------------------------------------------------------"
}

# Usage: notices BIN PACKAGES      BIN is the published program, PACKAGES the folder where NuGet keeps packages.
notices() {
  local id version folder description expression copyright texts text list used=
  list=$(shipped_packages "$1")
  [ -n "$list" ] || { echo "release.sh: no package found in $1" >&2; return 1; }
  echo "Litre contains the software below. The text of each license follows the list, or is at the end where the package has none of its own."
  echo
  while read -r id version; do
    folder=$2/$(echo "$id" | tr '[:upper:]' '[:lower:]')/$version
    description=$(echo "$folder"/*.nuspec)
    expression=$(license_of "$id" "$description") || return 1
    printf '%-55s %-10s %s\n' "$id" "$version" "$expression"
  done <<<"$list"
  while read -r id version; do
    folder=$2/$(echo "$id" | tr '[:upper:]' '[:lower:]')/$version
    description=$(echo "$folder"/*.nuspec)
    expression=$(license_of "$id" "$description")
    copyright=$(nuspec "$description" copyright)
    rule
    printf '%s %s\nLicense: %s\nCopyright: %s\nProject: %s\n' "$id" "$version" "$expression" "${copyright:-$(nuspec "$description" authors)}" \
      "$(nuspec "$description" projectUrl)"
    texts=$(texts_of "$id" "$folder")
    # Notices alone are no license.
    if ! grep -qi '/license\|/build/licenses/' <<<"$texts"; then
      [ -f "$root/build/licenses/$expression.txt" ] || { echo "release.sh: the text of $expression is missing in build/licenses" >&2; return 1; }
      echo "License text: $expression, at the end of this file"
      [[ " $used " == *" $expression "* ]] || used="$used $expression"
    fi
    while IFS= read -r text; do
      [ -z "$text" ] || { echo; tr -d '\r' <"$text" | sed '1s/^\xef\xbb\xbf//'; }
    done <<<"$texts"
  done <<<"$list"
  for expression in $used; do
    rule
    echo "$expression"
    echo
    cat "$root/build/licenses/$expression.txt"
  done
}
