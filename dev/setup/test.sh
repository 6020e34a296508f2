#!/usr/bin/env bash
# All tests, spread over the cores. A few that fail beside the others are asked once more, alone: see docs/decisions/0028.
set -uo pipefail
unset PYTHONDONTWRITEBYTECODE # else each worker compiles all tests anew, every time

most=3
cache=$(mktemp -d)
trap 'rm -rf "$cache"' EXIT
pytest=(.venv/bin/pytest -q --no-header -o "cache_dir=$cache")

"${pytest[@]}" -n auto --dist loadgroup "$@"
status=$?
[ "$status" -eq 1 ] || exit "$status" # 1: tests have failed; anything else is no matter of tests

failed=$(.venv/bin/python -c 'import json, sys; print("\n".join(json.load(sys.stdin)))' <"$cache/v/cache/lastfailed")
[ "$(wc -l <<<"$failed")" -le "$most" ] || exit "$status"
echo "Asking once more, alone, what has failed"
"${pytest[@]}" -n 0 --last-failed "$@" || exit
printf 'Failed beside other tests and passed alone, a defect to be mended:\n%s\n' "$failed"
