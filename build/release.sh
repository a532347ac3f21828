#!/usr/bin/env bash
# Makes the archives of a release for linux-x64 and linux-arm64, and their SHA256SUMS. docs/release.md describes them.
# Usage: build/release.sh [FOLDER]      default: publish/release, which git ignores
set -euo pipefail

root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
cd "$root"
out=$(realpath -m -- "${1:-publish/release}")
. build/sdk.sh
. build/notices.sh
ensure_sdk

version=$(sed -n 's|.*<Version>\(.*\)</Version>.*|\1|p' Directory.Build.props)
torch=$(sed -n 's|.*<LibtorchCpuVersion>\(.*\)</LibtorchCpuVersion>.*|\1|p' Directory.Packages.props)
packages=$(dotnet nuget locals global-packages --list | sed -n "s/^global-packages: *//p")
# The same commit gives the same archives: every file has the time of the commit.
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
# Debuggers and profilers need these; Litre does not.
tools="createdump libmscordaccore.so libmscordbi.so libcoreclrtraceptprovider.so libclrgc.so libclrgcexp.so"

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
mkdir -p "$out"
rm -f "$out"/litre-*.tar.xz "$out/SHA256SUMS"

# Publishes a program with its own .NET runtime into bin/ of a staged archive.
publish() {
  local project=$1 arch=$2 folder=$3 tool
  dotnet publish "$project" -r "linux-$arch" --self-contained -c Release -v q --nologo -nodeReuse:false -o "$folder/bin" \
    -p:PublishReadyToRun=true -p:DebugType=none -p:PublishReferencesDocumentationFiles=false -p:PublishDocumentationFiles=false
  for tool in $tools; do rm -f "$folder/bin/$tool"; done
}

# What stays the same on every architecture: scripts, texts, recipes and the small model.
shared_files() {
  local folder=$1 file
  git ls-files -z -- litre finetune.sh README.md README.zh-CN.md LICENSE CHANGELOG.md docs recipes assets build/options.sh \
    build/tune-options.txt build/litre-serve.service | while IFS= read -r -d '' file; do
    mkdir -p "$folder/$(dirname "$file")"
    cp "$file" "$folder/$file"
  done
  cp src/Litre.Training/Tuning/foreign-names.txt "$folder/build/"
}

# Removes from a staged archive what the archives packed before it hold for the same architecture.
# A file that is in both with different contents would break one of the two programs.
omit_packed() {
  local folder=$1 arch=$2 file
  [ -d "$stage/all-$arch" ] || return 0
  (cd "$folder" && find . -type f -print0) | while IFS= read -r -d '' file; do
    [ -e "$stage/all-$arch/$file" ] || continue
    cmp -s "$folder/$file" "$stage/all-$arch/$file" || { echo "release.sh: $file differs from the one packed before" >&2; exit 1; }
    rm "$folder/$file"
  done
}

# Packs a staged archive: NAME ARCH FOLDER. All archives of a version unpack into the same folder.
pack() {
  local name=$1 arch=$2 folder=$3 top="litre-$version-linux-$2" file="litre-$1-$version-linux-$2.tar"
  find "$folder" -type d -empty -delete
  find "$folder" -type f -exec chmod 644 {} + -o -type d -exec chmod 755 {} +
  for program in "$folder"/{litre,finetune.sh} "$folder"/bin/litre*; do
    # Programs are scripts and ELF files without a suffix; libraries need no permission to be executed.
    case $program in *.dll | *.json | *\*) ;; *) [ -f "$program" ] && chmod 755 "$program" ;; esac
  done
  mkdir -p "$stage/all-$arch"
  cp -al "$folder/." "$stage/all-$arch/"
  tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --format=gnu \
    --transform="s|^\.|$top|" -C "$folder" -cf "$stage/$file" .
  # More than one thread splits the file into blocks; their number does not change the result.
  xz -6 -T2 "$stage/$file"
  mv "$stage/$file.xz" "$out/"
  echo "$file.xz: $(($(stat -c %s "$out/$file.xz") / 1000)) kB"
}

# An archive with one program: NAME PROJECT. It holds what the archives before it lack.
program() {
  local name=$1 project=$2 arch folder suffix=
  [ "$name" = core ] || suffix=-$name
  for arch in x64 arm64; do
    folder=$stage/$name-$arch
    publish "$project" "$arch" "$folder"
    notices "$folder/bin" "$packages" >"$folder/THIRD-PARTY-NOTICES$suffix.txt"
    [ "$name" != core ] || shared_files "$folder"
    omit_packed "$folder" "$arch"
    pack "$name" "$arch" "$folder"
  done
}

# The CPU build of libtorch, where the program looks for it. NuGet has it for x64 only.
libtorch() {
  local package=$packages/libtorch-cpu-linux-x64/$torch folder=$stage/libtorch/bin/libtorch name
  mkdir -p "$folder"
  for name in libtorch_cpu.so libc10.so "libgomp-*.so.1"; do cp "$package"/runtimes/linux-x64/native/$name "$folder/"; done
  cp "$package/LICENSE-LIBTORCH.txt" "$folder/LICENSE"
  pack libtorch-cpu x64 "$stage/libtorch"
}

echo "Making the release $version in $out"
program core src/Litre.Cli
program studio src/Litre.Server
libtorch
(cd "$out" && sha256sum litre-*.tar.xz >SHA256SUMS)
