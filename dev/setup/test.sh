#!/usr/bin/env bash
# All tests, spread over the cores.
set -euo pipefail
exec .venv/bin/pytest -q --no-header -n auto --dist loadgroup "$@"
