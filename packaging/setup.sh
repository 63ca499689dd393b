#!/bin/sh
# Makes .venv ready: setup.sh server (run the program and its server) or setup.sh dev (also tests and checks).
# Does its work once per lock file; needs nothing but a POSIX shell and Python 3.11 or newer. PYTHON=... chooses one.
set -eu
cd "$(dirname "$0")/.."
unset PYTHONDONTWRITEBYTECODE PYTHONHOME PYTHONPATH || true

set_name="${1:-server}"
lock="requirements/$set_name.txt"
venv_python=".venv/bin/python"
# What Qt loads at run time on a Debian or Ubuntu that never had a desktop.
qt_packages="libegl1 libgl1 libdbus-1-3 libfontconfig1 libglib2.0-0 libxkbcommon0 libxkbcommon-x11-0 libx11-xcb1
 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-render0
 libxcb-shape0 libxcb-shm0 libxcb-sync1 libxcb-util1 libxcb-xfixes0 libxcb-xkb1 libxcb1"

say() { printf '%s\n' "$*" >&2; }

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    for candidate in ${PYTHON:-} python3 python3.11 python3.12 python3.13 python3.14 python; do
        if command -v "$candidate" >/dev/null 2>&1 && is_new_enough "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    say "MigDesk needs Python 3.11 or newer. Install it, or name it: make run PYTHON=/path/to/python3"
    exit 1
}

# Install Debian packages if we may, else say which are needed and go on: the caller decides whether it can.
debian_install() {
    if ! command -v apt-get >/dev/null 2>&1; then
        say "This computer lacks system libraries. On Debian or Ubuntu they are the packages: $*"
        return 1
    fi
    if [ "$(id -u)" = 0 ]; then
        as_root=""
    elif command -v sudo >/dev/null 2>&1 && sudo -n true >/dev/null 2>&1; then
        as_root="sudo -n"
    else
        say "Please install some packages, then try again:"
        say "    sudo apt-get install --no-install-recommends $*"
        return 1
    fi
    say "Installing Debian packages: $*"
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q update >&2 || true
    # shellcheck disable=SC2086
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends "$@" >&2
}

make_venv() {
    if [ -x "$venv_python" ] && is_new_enough "$venv_python" && "$venv_python" -m pip --version >/dev/null 2>&1; then
        return
    fi
    python=$(find_python)
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        version=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
        debian_install "$version" || exit 1
    fi
    say "Creating .venv with $("$python" --version)"
    rm -rf .venv
    "$python" -m venv .venv
}

install_packages() {
    say "Installing the packages of $lock (once)"
    "$venv_python" -m pip install --disable-pip-version-check --no-input --require-hashes --compile --quiet -r "$lock"
}

# Ask the libraries themselves what they miss; a package list alone would install what is already there.
check_qt() {
    [ "$(uname -s)" = Linux ] || return 0
    qt=$("$venv_python" -c 'import importlib.util as u; print(u.find_spec("PySide6").submodule_search_locations[0])')
    missing=$(ldd "$qt"/QtWidgets.abi3.so "$qt"/Qt/plugins/platforms/libqxcb.so 2>/dev/null | grep 'not found' || true)
    if [ -n "$missing" ]; then
        # shellcheck disable=SC2086
        debian_install $qt_packages || true
    fi
    if ! QT_QPA_PLATFORM=offscreen "$venv_python" -c 'import PySide6.QtWidgets' 2>/dev/null; then
        say "Qt cannot be loaded. What it says:"
        QT_QPA_PLATFORM=offscreen "$venv_python" -c 'import PySide6.QtWidgets' || exit 1
    fi
    if [ -z "$(find /usr/share/fonts /usr/local/share/fonts "${HOME:-/}/.local/share/fonts" "${HOME:-/}/.fonts" \
        \( -name '*.ttf' -o -name '*.otf' -o -name '*.ttc' \) -print -quit 2>/dev/null)" ]; then
        debian_install fonts-noto-core || say "There are no fonts; text will be shown as boxes."
    fi
}

# The pages of the server are tested in a real browser.
check_browser() {
    [ "$set_name" = dev ] || return 0
    if ! command -v chromium >/dev/null 2>&1 || ! command -v chromedriver >/dev/null 2>&1; then
        debian_install chromium chromium-driver || say "Without Chromium the tests of the server's pages are skipped."
    fi
}

stamp=".venv/.ready-$set_name-$(cksum "$lock" packaging/setup.sh | cksum | cut -d' ' -f1)"
if [ -e "$stamp" ] && [ -x "$venv_python" ]; then
    exit 0
fi
make_venv
install_packages
check_qt
check_browser
rm -f ".venv/.ready-$set_name-"*
: >"$stamp"
