#!/usr/bin/env bash
# Creates .venv with a Python that is new enough. PYTHON names the interpreter to use.
set -euo pipefail

python=${PYTHON:-python3}

die() {
  printf '%s\n' "$@" >&2
  exit 1
}

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

if ! new_enough "$python"; then
  found=$("$python" --version 2>&1 || true)
  for other in python3.14 python3.13 python3.12 python3.11; do
    if new_enough "$other"; then python=$other; break; fi
  done
  new_enough "$python" || die "Python 3.11 or newer is needed; '$python' is: ${found:-not there}." \
    "Install one and run 'make PYTHON=/path/to/python3.11 …'."
fi

[ -x .venv/bin/python ] && new_enough .venv/bin/python && .venv/bin/python -m pip --version >/dev/null 2>&1 && exit 0

echo "Creating the virtual environment"
rm -rf .venv
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  # Debian splits these modules off into a package of their own.
  package="python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
  command -v apt-get >/dev/null || die "'$python' cannot create virtual environments: its modules venv and ensurepip are missing."
  [ "$(id -u)" = 0 ] || die "The package $package is missing. Run:" "  sudo apt-get install -y $package"
  echo "Installing $package"
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$package"; } >/dev/null \
    || die "Installing $package failed; see the message above."
fi
"$python" -m venv .venv
