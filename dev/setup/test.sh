#!/usr/bin/env bash
# All tests on all cores; coverage includes the services that tests start.
set -uo pipefail

bin=.venv/bin
rm -f .coverage .coverage.*
$bin/coverage run -m pytest -q --no-header -n auto --dist loadgroup "$@"
status=$?
$bin/coverage combine --quiet && $bin/coverage report
exit $status
