#!/usr/bin/env bash
# All tests, spread over the cores.
set -euo pipefail
unset PYTHONDONTWRITEBYTECODE # else each worker compiles all tests anew, every time
exec .venv/bin/pytest -q --no-header -n auto --dist loadgroup "$@"
