#!/usr/bin/env bash
# Says all that this machine lacks for `make $1`, before anything is downloaded; as root it installs missing packages.
set -euo pipefail

if ! python=$(bash dev/setup/python.sh); then
  for program in git setpriv bwrap; do
    command -v "$program" >/dev/null || echo "The program $program is missing, too." >&2
  done
  exit 2
fi
# These parts of the project run on the standard library alone.
export PYTHONPATH="$PWD:$PWD/libs/common:$PWD/services/builder"
exec "$python" -m dev.setup.preflight "$1"
