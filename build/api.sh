#!/usr/bin/env bash
# Checks Litre as a library: packs every library, builds and runs the examples against the packages alone, and builds the reference
# into out/reference/site. Needs the .NET SDK and what restore fetches.
#   build/api.sh             all of it
#   build/api.sh --update    writes the record of the public surface (tests/api) anew and does nothing else
#   build/api.sh --reference builds the reference alone
set -euo pipefail

root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
cd "$root"
. build/sdk.sh
ensure_sdk

build() { dotnet build "$1" -v q --nologo -nodeReuse:false; }

update() {
  build tests/Litre.Cli.Tests
  LITRE_UPDATE_API=1 dotnet tests/Litre.Cli.Tests/bin/Debug/net10.0/Litre.Cli.Tests.dll -noLogo -noColor \
    -class Litre.Cli.Tests.Architecture.PublicApiTests
}

# A version that no registry has, and that the cache of packages does not keep.
version=0.0.0-check.$$
cache=$(dotnet nuget locals global-packages --list | sed 's/^[^/]*//')
work=$(mktemp -d)
remove() {
  rm -rf "$work"
  rm -rf "${cache%/}"/litre.*/"$version"
  rmdir --ignore-fail-on-non-empty "${cache%/}"/litre.*/ 2>/dev/null || true
}
trap remove EXIT

pack() {
  echo "Packing the libraries ..."
  local project
  build src/Litre.Cli # makes the data for the examples, and its folder has what the reference resolves
  dotnet pack Litre.slnx -c Debug -v q --nologo -nodeReuse:false -p:PackageVersion="$version" -o "$work/packages"
  for project in src/Litre.*/; do
    project=$(basename "$project")
    case $project in Litre.Cli | Litre.Server) continue ;; esac
    if ! [ -f "$work/packages/$project.$version.nupkg" ] || ! [ -f "$work/packages/$project.$version.snupkg" ]; then
      echo "$project is not packed, or without symbols" >&2
      return 1
    fi
  done
}

# A program outside this repository: the example's code, the packages, and libtorch as docs/library.md describes it.
program() {
  local name=$1 package=$2 folder=$work/$1 libtorch
  mkdir "$folder"
  cp "examples/$name/"*.cs "$folder"
  libtorch=$(dotnet msbuild src/Litre.Torch -getProperty:LibtorchCpuVersion)
  cat >"$folder/$name.csproj" <<PROJECT
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
    <Nullable>enable</Nullable>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="$package" Version="$version" />
    $([ "$(uname -m)" = x86_64 ] && echo "<PackageReference Include=\"libtorch-cpu-linux-x64\" Version=\"$libtorch\" ExcludeAssets=\"all\" />")
  </ItemGroup>
</Project>
PROJECT
  cat >"$folder/nuget.config" <<CONFIG
<configuration>
  <packageSources>
    <add key="litre" value="$work/packages" />
  </packageSources>
</configuration>
CONFIG
  (cd "$folder" && build "$name.csproj")
}

examples() {
  echo "Building the examples against the packages ..."
  program Tune Litre.Reporting
  program Answer Litre.Inference
  echo "Running the examples ..."
  dotnet src/Litre.Cli/bin/Debug/net10.0/litre.dll data make drawings --style company --train 32 --validation 4 --test 4 --output "$work/data"
  local model=$root/assets/litre-nano image
  dotnet "$work/Tune/bin/Debug/net10.0/Tune.dll" "$model" "$work/data" "$work/run" | tee "$work/tune.txt"
  grep -q "^Finished after step" "$work/tune.txt"
  [ -s "$work/run/report.html" ]
  image=$(find "$work/data" -name '*.png' | sort | head -n 1)
  dotnet "$work/Answer/bin/Debug/net10.0/Answer.dll" "$model" "$work/run" "$image" "What is the drawing number?" | tee "$work/answer.txt"
  grep -q '[^[:space:]]' "$work/answer.txt"
}

# From the assemblies and their comments; what they refer to is there to be resolved, and is not documented.
reference() {
  echo "Building the reference ..."
  local project folder=out/reference
  rm -rf "$folder"
  mkdir -p "$folder/assemblies"
  cp src/Litre.Cli/bin/Debug/net10.0/*.dll "$folder/assemblies"
  for project in src/Litre.*/; do
    project=$(basename "$project")
    case $project in Litre.Cli | Litre.Server) ;; *) cp "src/$project/bin/Debug/net10.0/$project.xml" "$folder/assemblies" ;; esac
  done
  dotnet tool restore >/dev/null
  dotnet docfx build/reference/docfx.json --warningsAsErrors --logLevel warning
  echo "The reference: $folder/site/index.html"
}

case ${1:-} in
  --update) update ;;
  --reference)
    build src/Litre.Cli
    reference
    ;;
  "")
    pack
    examples
    reference
    echo "The library's packages, examples and reference are sound"
    ;;
  *)
    echo "build/api.sh: no such option: $1; expected --update, --reference or nothing" >&2
    exit 2
    ;;
esac
