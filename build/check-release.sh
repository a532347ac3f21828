#!/usr/bin/env bash
# Checks the archives that build/release.sh made: sums, sizes, contents, and that they work without an SDK, .NET or a network.
# Usage: build/check-release.sh FOLDER      Ends with exit code 1 after all checks if one failed, with a line for each on stderr.
set -uo pipefail

folder=$(realpath -- "${1:?usage: build/check-release.sh FOLDER}") || exit 2
limit=60000000     # bytes of an archive, except those of libtorch
start_limit=150    # ms of litre --version, median of 20
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

bad() {
  echo "check-release: $1" >&2
  failed=1
}

# An unsigned little-endian number in a file: FILE OFFSET BYTES.
number() {
  od -An "-tu$3" "-j$2" "-N$3" "$1" | tr -d ' '
}

# The architecture that a binary is for: x64, arm64, any (managed code without native code), or none where it is not a binary.
architecture() {
  local machine
  case $(od -An -tx1 -N4 "$1" | tr -d ' ') in
    7f454c46) machine=$(number "$1" 18 2) ;;
    4d5a*)
      machine=$(number "$1" $(($(number "$1" 60 4) + 4)) 2)
      # Compiled ahead of time for Linux, the number is combined with Linux's own.
      case $machine in 332) echo any; return ;; 34404 | 64797) machine=62 ;; 43620 | 53533) machine=183 ;; esac
      ;;
    *) echo none; return ;;
  esac
  case $machine in 62) echo x64 ;; 183) echo arm64 ;; *) echo "machine $machine" ;; esac
}

check_contents() {
  local archive=$1 arch=$2 top=$3 file found
  while IFS= read -r -d '' file; do
    found=$(architecture "$file")
    case $found in any | none | "$arch") ;; *) bad "$archive: ${file#"$top/"} is for $found" ;; esac
  done < <(find "$top/bin" -type f -print0)
  while IFS= read -r file; do bad "$archive: holds ${file#"$top/"}, which does not belong there"; done < <(
    find "$top" \( -name '*.pdb' -o -name 'createdump' -o -path '*/bin/*.xml' -o -perm /022 -o ! -user "$(id -un)" \) -print
  )
}

check_core() {
  local archive=$1 top=$2 file
  for file in litre finetune.sh build/options.sh build/tune-options.txt build/foreign-names.txt build/litre-serve.service \
    recipes/nano/company.yaml \
    assets/litre-nano/{config.json,model.safetensors,tokenizer.json} README.md README.zh-CN.md LICENSE CHANGELOG.md \
    THIRD-PARTY-NOTICES.txt docs/release.md bin/{litre,litre.dll,libcoreclr.so,libclrjit.so,libhostfxr.so,libhostpolicy.so,libSkiaSharp.so}; do
    [ -s "$top/$file" ] || bad "$archive: lacks $file"
  done
  for file in litre finetune.sh bin/litre; do [ -x "$top/$file" ] || bad "$archive: $file is not executable"; done
  for file in "$top"/bin/Microsoft.AspNetCore*.dll; do [ ! -e "$file" ] || bad "$archive: holds ${file#"$top/"}; the core has no server"; done
  # Every library of a package, and the runtime, must be in the notices.
  while IFS= read -r file; do
    grep -q "^$file " "$top/THIRD-PARTY-NOTICES.txt" || bad "$archive: THIRD-PARTY-NOTICES.txt does not name $file"
  done < <(awk -F'"' '/^    "/ { name = $2 } /"type": "(package|runtimepack)"/ { sub(/^runtimepack\./, "", name); sub("/.*", "", name); print name }' \
    "$top/bin/litre.deps.json")
}

# The archive of the server: its program, nothing of the core, and its own notices.
check_studio() {
  local archive=$1 top=$2 file
  for file in THIRD-PARTY-NOTICES-studio.txt bin/{litre-server,litre-server.dll,litre-server.deps.json,litre-server.runtimeconfig.json,Microsoft.AspNetCore.dll}; do
    [ -s "$top/$file" ] || bad "$archive: lacks $file"
  done
  [ -x "$top/bin/litre-server" ] || bad "$archive: bin/litre-server is not executable"
  while IFS= read -r file; do
    grep -q "^$file " "$top/THIRD-PARTY-NOTICES-studio.txt" || bad "$archive: THIRD-PARTY-NOTICES-studio.txt does not name $file"
  done < <(awk -F'"' '/^    "/ { name = $2 } /"type": "(package|runtimepack)"/ { sub(/^runtimepack\./, "", name); sub("/.*", "", name); print name }' \
    "$top/bin/litre-server.deps.json")
}

# A PATH with the few programs that the scripts need, so that no dotnet is found.
tools=$work/tools
mkdir -p "$tools" "$work/home"
for name in awk basename bash cat date dirname env find grep id mkdir readlink realpath rm sed sleep tail uname; do
  ln -s "$(command -v "$name")" "$tools/$name" || bad "this system has no $name"
done
plainly() {
  env -i HOME="$work/home" PATH="$tools" TERM=dumb https_proxy=http://127.0.0.1:9 http_proxy=http://127.0.0.1:9 "$@"
}

# Runs a command and expects an exit code and a text in its output: ARCHIVE CODE TEXT COMMAND...
expect() {
  local archive=$1 code=$2 text=$3 output got
  shift 3
  output=$(plainly "$@" 2>&1)
  got=$?
  [ "$got" -eq "$code" ] && grep -qF -- "$text" <<<"$output" ||
    bad "$archive: \`${*##*/}\` ended with $got and printed: $(head -c 300 <<<"$output" | tr '\n' ' '); expected $code and \"$text\""
}

# Median of 20 starts in ms, after one that reads the files.
start_time() {
  local i began
  plainly "$1" --version >/dev/null
  for i in {1..20}; do
    began=${EPOCHREALTIME/[.,]/}
    plainly "$1" --version >/dev/null
    echo $(((${EPOCHREALTIME/[.,]/} - began) / 1000))
  done | sort -n | sed -n 11p
}

check_start() {
  local archive=$1 program=$2 try ms
  # Other programs disturb the measurement; a slow start is slow each time.
  for try in 1 2 3; do
    ms=$(start_time "$program")
    if [ "$ms" -lt "$start_limit" ]; then
      echo "$archive: litre --version takes $ms ms (median of 20)"
      return
    fi
    [ "$try" -eq 3 ] || sleep 5
  done
  bad "$archive: litre --version takes $ms ms (median of 20, third try); the limit is $start_limit ms"
}

check_program() {
  local archive=$1 top=$2 version=$3
  (
    cd "$work" || exit 1
    expect "$archive" 0 "litre $version" "$top/litre" --version
    expect "$archive" 0 "Usage:" "$top/litre" --help
    expect "$archive" 0 "bash $top/finetune.sh" "$top/litre"
    expect "$archive" 0 "complete -o default" "$top/litre" completion bash
    expect "$archive" 0 "doctor" "$top/litre" "[suggest:8]" "litre do"
    expect "$archive" 0 "bash finetune.sh --model MODEL" bash "$top/finetune.sh" --help
    expect "$archive" 2 "did you mean --learning-rate?" bash "$top/finetune.sh" --lr 1
    expect "$archive" 0 "6" "$top/litre" data make drawings --count 6 --seed 1 --output made
    expect "$archive" 0 "6" "$top/litre" data check made --model "$top/assets/litre-nano"
    # The server itself refuses this, before it needs libtorch.
    expect "$archive" 2 "there is no key" "$top/litre" serve --model "$top/assets/litre-nano" --host 0.0.0.0
    if [ -d "$top/bin/libtorch" ]; then
      expect "$archive" 0 "$top/bin/libtorch" "$top/litre" doctor --libtorch
      expect "$archive" 0 "" "$top/litre" ask --model "$top/assets/litre-nano" --image made/images/000000.png --device cpu \
        "What is the part number of item 1?"
    fi
    exit "$failed"
  ) || failed=1
}

compgen -G "$folder/litre-core-*.tar.xz" >/dev/null || { echo "check-release: $folder has no litre-core archive; make one with build/release.sh" >&2; exit 2; }
(cd "$folder" && sha256sum --quiet --strict -c SHA256SUMS) || bad "SHA256SUMS: a sum differs"
for archive in "$folder"/litre-*.tar.xz; do
  name=${archive##*/}
  grep -q "  $name\$" "$folder/SHA256SUMS" || bad "SHA256SUMS lacks $name"
  size=$(stat -c %s "$archive")
  case $name in
    litre-libtorch-*) ;;
    *) [ "$size" -lt "$limit" ] || bad "$name: has $size bytes; the limit is $limit" ;;
  esac
  echo "$name: $size bytes"
done

for archive in "$folder"/litre-core-*.tar.xz; do
  name=${archive##*/}
  arch=${name##*-}
  arch=${arch%%.*}
  version=${name#litre-core-}
  version=${version%-linux-*}
  top=$work/$arch/litre-$version-linux-$arch
  mkdir "$work/$arch"
  tar -C "$work/$arch" -xJf "$archive" || bad "$name: cannot be unpacked"
  [ "$(ls "$work/$arch")" = "${top##*/}" ] || bad "$name: unpacks into $(ls "$work/$arch" | tr '\n' ' '); expected ${top##*/}"
  check_contents "$name" "$arch" "$top"
  check_core "$name" "$top"
  case $(uname -m)-$arch in x86_64-x64 | aarch64-arm64) ;; *) continue ;; esac
  check_start "$name" "$top/litre"
  expect "$name" 2 "litre-studio-VERSION-linux-ARCH.tar.xz" "$top/litre" serve
  for more in "$folder"/litre-*-"$version-linux-$arch.tar.xz"; do
    [ "$more" = "$archive" ] || tar -C "$work/$arch" -xJf "$more" || bad "${more##*/}: cannot be unpacked"
  done
  check_contents "all archives for $arch" "$arch" "$top"
  check_studio "all archives for $arch" "$top"
  check_program "$name" "$top" "$version"
done

[ "$failed" -eq 0 ] && echo "The release is good"
exit "$failed"
