#!/bin/sh
# Brings what the phone tests need onto Debian 12: the phones (apt, by name, only what is missing)
# and a virtual environment with pinned packages. Quick when nothing is missing.
#   VENV=DIR   where the environment goes (default: .build-interop/venv beside Package.swift)
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
venv=${VENV:-$root/.build-interop/venv}
# The wheels are for the distribution's own Python 3.11, whatever comes first on PATH.
python=${INTEROP_PYTHON:-/usr/bin/python3.11}

packages="baresip-core chromium chromium-driver kamailio linphone-cli sip-tester sipsak espeak-ng libsndfile1 openssl
          iproute2 nftables asterisk-core-sounds-en-g722 asterisk-core-sounds-ru-g722
          efax poppler-utils libspandsp-dev python3.11-venv python3.11-dev gcc libc6-dev libssl3 systemd"

missing=""
for package in $packages; do
    dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed \
        || missing="$missing $package"
done
if [ -n "$missing" ]; then
    echo "Tests/Interop: installing$missing"
    sudo=""
    [ "$(id -u)" = 0 ] || sudo=sudo
    install="$sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 install -y --no-install-recommends"
    $install $missing >/dev/null || { $sudo apt-get -qq update; $install $missing >/dev/null; }
fi

stamp=$venv/requirements.sha256
wanted=$(sha256sum "$here/requirements.txt" | cut -d' ' -f1)
if [ ! -x "$venv/bin/python" ] || [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
    echo "Tests/Interop: making $venv"
    rm -rf "$venv"
    "$python" -m venv "$venv"
    "$venv/bin/pip" install -qq --disable-pip-version-check -r "$here/requirements.txt"
    echo "$wanted" > "$stamp"
fi
