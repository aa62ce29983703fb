#!/bin/sh
# The gates, cheapest first. Usage: tools/check.sh everyday|all
set -eu
cd "$(dirname "$0")/.."
bin=.venv/bin
step() { printf '\n== %s\n' "$1"; }

step "style"
"$bin/ruff" check --quiet .
"$bin/ruff" format --check --quiet .
step "types"
"$bin/mypy" --no-error-summary
step "imports"
"$bin/lint-imports" --no-cache >/dev/null || { "$bin/lint-imports" --no-cache; exit 1; }
step "tests"
rm -f .coverage .coverage.*
if [ "${1:-everyday}" = all ]; then
    "$bin/python" -m pytest -n 2 --dist loadscope --cov --cov-report= -m "not slow and not onion"
    "$bin/python" -m pytest --cov --cov-append --cov-report= -m "slow and not onion"
    step "tests over a private Tor network"
    # Two networks, one for each process: what a file leaves behind in a network, its next test finds there.
    "$bin/python" -m pytest -n 2 --dist loadfile --cov --cov-append --cov-report= -m onion
else
    "$bin/python" -m pytest -n 2 --dist loadscope --cov --cov-report= -m "not slow and not onion"
fi
step "coverage"
"$bin/python" -m coverage report --include 'crypto/*,app/domain/*' --fail-under 100 --skip-covered --precision 2
"$bin/python" -m coverage report --omit 'crypto/*,app/domain/*' --fail-under 90 --skip-covered --precision 2
