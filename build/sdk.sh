# Sourced by the scripts of this folder's parent: puts a .NET SDK that satisfies global.json on the path.
# Installs one where there is none: with apt where it has the package and may, else into ~/.dotnet. Needs $root, the repository's folder.

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# The SDK asks for ICU otherwise, which small machines and containers lack. Litre never needs it.
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1

sdk_fits() {
  (cd "$root" && "$1" --version) >/dev/null 2>&1
}

ensure_sdk() {
  if command -v dotnet >/dev/null && sdk_fits dotnet; then
    return 0
  fi
  local own="$HOME/.dotnet"
  if ! [ -x "$own/dotnet" ] && install_sdk_with_apt && sdk_fits dotnet; then
    return 0
  fi
  if ! { [ -x "$own/dotnet" ] && sdk_fits "$own/dotnet"; }; then
    install_sdk "$own" || return 1
  fi
  export DOTNET_ROOT="$own" PATH="$own:$PATH"
}

sdk_channel() {
  sed -n 's/.*"version": *"\([0-9]*\.[0-9]*\)\..*/\1/p' "$root/global.json"
}

# Only where it needs no password: a script that stops to ask for one in the middle helps nobody.
install_sdk_with_apt() {
  local package as_root=()
  package=dotnet-sdk-$(sdk_channel)
  command -v apt-get >/dev/null || return 1
  if [ "$(id -u)" -ne 0 ]; then
    sudo -n true 2>/dev/null || return 1
    as_root=(sudo -n)
  fi
  apt-cache policy "$package" 2>/dev/null | grep -q 'Candidate: [0-9]' || return 1
  echo "No .NET SDK $(sdk_channel) on this machine: installing $package with apt" >&2
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q "$package" >&2
}

install_sdk() {
  local folder=$1 channel script
  channel=$(sdk_channel)
  echo "No .NET SDK $channel on this machine: installing it into $folder" >&2
  script=$(mktemp)
  if ! download https://dot.net/v1/dotnet-install.sh "$script" ||
    ! bash "$script" --channel "$channel" --install-dir "$folder" --no-path >&2 ||
    ! sdk_fits "$folder/dotnet"; then
    rm -f "$script"
    echo "The .NET SDK $channel could not be installed. Is there a network? Else install it by hand from https://dotnet.microsoft.com/download/dotnet/$channel and start again." >&2
    return 1
  fi
  rm -f "$script"
}

download() {
  if command -v curl >/dev/null; then
    curl -fsSL --retry 2 --connect-timeout 15 -o "$2" "$1"
  elif command -v wget >/dev/null; then
    wget -q -T 15 -O "$2" "$1"
  else
    echo "Neither curl nor wget is there to download $1" >&2
    return 1
  fi
}
