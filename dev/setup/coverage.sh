#!/usr/bin/env bash
# All tests, and what of the code they ran; it includes the services that tests start.
set -uo pipefail

bin=.venv/bin
rm -f .coverage .coverage.*
$bin/coverage run -m pytest -q --no-header -n auto --dist loadgroup "$@"
status=$?
$bin/coverage combine --quiet && $bin/coverage report
exit $status
