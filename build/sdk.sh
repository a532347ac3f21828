# Sourced by the scripts of this folder's parent: puts a .NET SDK that satisfies global.json on the path.
# Installs one where there is none: with apt if it has the package and needs no password, else into ~/.dotnet.
# Needs $root, the repository's folder.

. "$root/build/progress.sh"

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# The SDK asks for ICU otherwise, which small machines and containers lack. Litre never needs it.
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1

sdk_script=https://dot.net/v1/dotnet-install.sh
project_count=$(find "$root/src" -mindepth 2 -maxdepth 2 -name '*.csproj' 2>/dev/null | wc -l)

sdk_fits() {
  (cd "$root" && "$1" --version) >/dev/null 2>&1
}

sdk_channel() {
  sed -n 's/.*"version": *"\([0-9]*\.[0-9]*\)\..*/\1/p' "$root/global.json"
}

# Sets $sdk_source to where the SDK comes from: path, own, apt or download.
find_sdk() {
  if command -v dotnet >/dev/null && sdk_fits dotnet; then
    sdk_source=path
  elif [ -x "$HOME/.dotnet/dotnet" ] && sdk_fits "$HOME/.dotnet/dotnet"; then
    sdk_source=own
  elif ! [ -x "$HOME/.dotnet/dotnet" ] && can_use_apt; then
    sdk_source=apt
  else
    sdk_source=download
  fi
}

# What is downloaded, how much, from where and to where; empty where nothing is. Call find_sdk first.
describe_sdk() {
  local bytes
  case $sdk_source in
    apt)
      # A line for each package: address, file, size, sum.
      bytes=$(apt-get install --print-uris -qq -y "dotnet-sdk-$(sdk_channel)" 2>/dev/null | awk '{ sum += $3 } END { printf "%d", sum / 1e6 }')
      echo "the .NET SDK $(sdk_channel)${bytes:+, $bytes MB,} from this system's package sources, with apt"
      ;;
    download) echo "the .NET SDK $(sdk_channel), about 240 MB, from https://builds.dotnet.microsoft.com into ~/.dotnet (700 MB unpacked)" ;;
  esac
}

ensure_sdk() {
  find_sdk
  case $sdk_source in
    path) return 0 ;;
    apt)
      echo "Downloading $(describe_sdk)" >&2
      if install_sdk_with_apt && sdk_fits dotnet; then return 0; fi
      sdk_source=download
      echo "apt could not install it; trying Microsoft's script instead" >&2
      ;;
  esac
  if [ "$sdk_source" = download ]; then
    echo "Downloading $(describe_sdk)" >&2
    install_sdk "$HOME/.dotnet" || return 1
  fi
  export DOTNET_ROOT="$HOME/.dotnet" PATH="$HOME/.dotnet:$PATH"
}

# Only where it needs no password: a script that stops to ask for one in the middle helps nobody.
can_use_apt() {
  command -v apt-get >/dev/null || return 1
  [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null || return 1
  apt-cache policy "dotnet-sdk-$(sdk_channel)" 2>/dev/null | grep -q 'Candidate: [0-9]'
}

install_sdk_with_apt() {
  local log code=0 as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo -n)
  log=$(mktemp)
  with_progress "Installing the .NET SDK" "$log" ${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q "dotnet-sdk-$(sdk_channel)" || { code=$?; tail -n 5 "$log" >&2; }
  rm -f "$log"
  return "$code"
}

install_sdk() {
  local folder=$1 channel script log reason=''
  channel=$(sdk_channel)
  script=$(mktemp)
  log=$(mktemp)
  if ! download "$sdk_script" "$script" >"$log" 2>&1; then
    reason="$sdk_script could not be downloaded: $(tail -n 1 "$log")"
  elif ! with_progress "Downloading the .NET SDK" "$log" bash "$script" --channel "$channel" --install-dir "$folder" --no-path; then
    reason="$sdk_script ran, but failed: $(grep -i error "$log" | tail -n 1 || tail -n 1 "$log")"
  elif ! sdk_fits "$folder/dotnet"; then
    reason="it was installed into $folder, but \`$folder/dotnet --version\` fails: $("$folder/dotnet" --version 2>&1 | head -n 1)"
  fi
  rm -f "$script" "$log"
  [ -n "$reason" ] || return 0
  cat >&2 <<TEXT
The .NET SDK $channel could not be installed: $reason
What to do:
  behind a proxy:             export https_proxy=http://HOST:PORT and start again
  without internet access:    use the release archive of Litre, which needs no SDK and no network (docs/release.md)
  otherwise:                  install the .NET SDK $channel yourself (https://dotnet.microsoft.com/download/dotnet/$channel) and start again
TEXT
  return 1
}

download() {
  if command -v curl >/dev/null; then
    curl -fsSL --retry 2 --connect-timeout 15 -o "$2" "$1"
  elif command -v wget >/dev/null; then
    wget -nv -T 15 -t 3 -O "$2" "$1"
  else
    echo "neither curl nor wget is installed"
    return 1
  fi
}

# Where NuGet keeps packages; the largest, libtorch, tells whether they have been downloaded.
packages_are_there() {
  local version
  version=$(sed -n 's|.*<LibtorchCpuVersion>\(.*\)</LibtorchCpuVersion>.*|\1|p' "$root/Directory.Packages.props" 2>/dev/null)
  [ -d "${NUGET_PACKAGES:-$HOME/.nuget/packages}/libtorch-cpu-linux-x64/$version" ]
}

# Prints why a build failed, from its log, and what to do about it; returns the exit code for it.
explain_build() {
  local log=$1
  # NU1100 to NU1103 and NU1301 and later: a package or its source was not reached.
  if grep -qE 'error NU1(10|30)[0-9]' "$log"; then
    cat >&2 <<TEXT
litre: NuGet packages could not be downloaded: $(grep -oE 'error NU1(10|30)[0-9]: .*' "$log" | head -n 1 | sed 's/^error //; s/ \[[^]]*\]$//')
What to do:
  behind a proxy:             export https_proxy=http://HOST:PORT and start again
  with a mirror of nuget.org: name it in ~/.nuget/NuGet/NuGet.Config (\`dotnet nuget add source URL\`) and start again
  without internet access:    use the release archive of Litre, which needs no SDK and no network (docs/release.md)
TEXT
    return 2
  fi
  grep -E 'error|warning' "$log" | sort -u >&2 || cat "$log" >&2
  echo "litre: the build failed; the messages above state why" >&2
  return 70
}
