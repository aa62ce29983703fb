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

# The Debian package of tor starts a daemon, which would connect to the public network. Not from here.
no_service_starts() {
    [ ! -e /usr/sbin/policy-rc.d ] || return 0
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod 755 /usr/sbin/policy-rc.d
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
}

# Whether a command is there, or a file of a package that has no command.
has() {
    case $1 in
        /*) [ -e "$1" ] ;;
        *) command -v "$1" >/dev/null 2>&1 ;;
    esac
}

# need COMMAND-OR-FILE:PACKAGE…: install the missing Debian packages when root, else print the one line to type.
need() {
    missing=
    for pair; do
        has "${pair%%:*}" || missing="$missing ${pair#*:}"
    done
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        printf 'sourdine setup: installing with apt-get:%s\n' "$missing"
        no_service_starts
        apt-get -qq update >/dev/null 2>&1 || true
        # Unquoted on purpose: a list of package names.
        # shellcheck disable=SC2086
        DEBIAN_FRONTEND=noninteractive apt-get -qq -y install --no-install-recommends $missing >/dev/null 2>&1 ||
            fail "Some programs are missing and could not be installed:$missing" "Type: apt-get install$missing"
        for pair; do
            has "${pair%%:*}" ||
                fail "${pair%%:*} is still missing." "Type: apt-get install ${pair#*:}"
        done
    else
        fail "Some programs are missing:$missing" "Type: sudo apt-get install --no-install-recommends$missing"
    fi
}

command -v "$python" >/dev/null 2>&1 || fail "python3 is missing." "Type: sudo apt-get install python3 python3-venv"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "Python 3.11 or newer is needed." "Name another with: make $what PYTHON=/path/to/python3"
if [ "$what" = test ]; then
    need gpg:gpg gpg-agent:gpg-agent unzip:unzip tor:tor tor-gencert:tor faketime:faketime ss:iproute2 \
        firefox-esr:firefox-esr chromium:chromium systemd-analyze:systemd bwrap:bubblewrap \
        /usr/lib/postgresql:postgresql c++:g++ pkg-config:pkg-config /usr/include/unicode/uversion.h:libicu-dev
else
    need gpg:gpg gpg-agent:gpg-agent
fi

# Half-finished set-ups are begun again: the stamp is written last.
sum=$(cat requirements/build.txt "$lock" pyproject.toml | cksum)
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
# What builds comes first and is locked too: stem is published as source only, and isolation would fetch unhashed tools.
for list in requirements/build.txt "$lock"; do
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --require-hashes -r "$list" ||
        fail "The Python packages could not be installed." "Check the network, then type the same command again."
done
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . ||
    fail "Sourdine itself could not be installed into .venv." "Type: make clean, then the same command again."
.venv/bin/pybabel --quiet compile -d app/translations -D sourdine 2>/dev/null ||
    fail "The translations could not be compiled." "Type: make clean, then the same command again."
printf '%s' "$sum" >"$stamp"
