#!/bin/sh
# Makes the private virtual environment, and says one clear sentence when something is missing.
# Usage: tools/setup.sh run|test
set -eu
cd "$(dirname "$0")/.."
what=${1:-run}
python=${PYTHON:-python3}
lock=requirements/$what.txt
stamp=.venv/.sourdine-$what

fail() {
    printf 'sourdine setup: %s\n' "$1" >&2
    [ $# -lt 2 ] || printf '  %s\n' "$2" >&2
    exit 1
}

# need COMMAND PACKAGE: install a Debian package when root, else print the one line to type.
need() {
    command -v "$1" >/dev/null 2>&1 && return 0
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        apt-get -qq update >/dev/null 2>&1 || true
        DEBIAN_FRONTEND=noninteractive apt-get -qq -y install --no-install-recommends "$2" >/dev/null 2>&1 ||
            fail "$1 is missing and could not be installed." "Type: apt-get install $2"
        command -v "$1" >/dev/null 2>&1 || fail "$1 is still missing." "Type: apt-get install $2"
    else
        fail "$1 is missing." "Type: sudo apt-get install $2"
    fi
}

command -v "$python" >/dev/null 2>&1 || fail "python3 is missing." "Type: sudo apt-get install python3 python3-venv"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "Python 3.11 or newer is needed." "Name another with: make $what PYTHON=/path/to/python3"
need gpg gpg
need gpg-agent gpg-agent
if [ "$what" = test ]; then
    need unzip unzip
fi

# Half-finished set-ups are begun again: the stamp is written last.
sum=$(cat "$lock" pyproject.toml | cksum)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$sum" ] && .venv/bin/sourdine --help >/dev/null 2>&1; then
    exit 0
fi
if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    rm -rf .venv
    "$python" -m venv .venv >/dev/null 2>&1 || {
        rm -rf .venv
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
            apt-get -qq update >/dev/null 2>&1 || true
            DEBIAN_FRONTEND=noninteractive apt-get -qq -y install --no-install-recommends python3-venv >/dev/null 2>&1 || true
        fi
        "$python" -m venv .venv >/dev/null 2>&1 || {
            rm -rf .venv
            fail "Python cannot make a virtual environment." "Type: sudo apt-get install python3-venv"
        }
    }
fi
printf 'sourdine setup: installing what %s needs into .venv (once)\n' "$what"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock" ||
    fail "The Python packages could not be installed." "Check the network, then type the same command again."
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . ||
    fail "Sourdine itself could not be installed into .venv." "Type: make clean, then the same command again."
.venv/bin/pybabel --quiet compile -d app/translations -D sourdine 2>/dev/null ||
    fail "The translations could not be compiled." "Type: make clean, then the same command again."
printf '%s' "$sum" >"$stamp"
