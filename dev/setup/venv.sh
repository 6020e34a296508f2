#!/usr/bin/env bash
# Creates .venv with a Python that is new enough. PYTHON names the interpreter to use.
set -euo pipefail

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
[ -x .venv/bin/python ] && new_enough .venv/bin/python && .venv/bin/python -m pip --version >/dev/null 2>&1 && exit 0

python=$(dev/setup/python.sh)
echo "Creating the virtual environment"
rm -rf .venv
"$python" -m venv .venv
