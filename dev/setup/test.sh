#!/usr/bin/env bash
# All tests on all cores; coverage includes the services that tests start.
set -euo pipefail

bin=.venv/bin
rm -f .coverage .coverage.*
$bin/coverage run -m pytest -q --no-header -n auto --dist loadgroup "$@"
$bin/coverage combine --quiet
$bin/coverage report
