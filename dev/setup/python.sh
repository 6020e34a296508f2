#!/usr/bin/env bash
# Prints the interpreter to use: PYTHON or python3 when that is new enough, else a newer one beside it.
set -euo pipefail

python=${PYTHON:-python3}
new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

for one in "$python" python3.14 python3.13 python3.12 python3.11; do
  if new_enough "$one"; then
    echo "$one"
    exit 0
  fi
done

found=$("$python" --version 2>&1 || true)
printf '%s\n' "Python 3.11 or newer is needed; '$python' is: ${found:-not there}." \
  "  Install one (Debian 12, Ubuntu 24.04 or newer: apt-get install -y python3 python3-venv) and run it again," \
  "  or name one: make PYTHON=/path/to/python3.11 …" >&2
exit 2
