#!/usr/bin/env bash
# Style, types (of the JavaScript too) and import contracts; silent about what is in order.
set -uo pipefail

bin=.venv/bin
failed=0

check() {
  local name=$1 output
  shift
  if ! output=$("$@" 2>&1); then
    printf '%s\n%s: failed\n\n' "$output" "$name" >&2
    failed=1
  fi
}

check "ruff check" $bin/ruff check --quiet .
check "ruff format" $bin/ruff format --check --quiet .
check "mypy" $bin/mypy --no-error-summary
check "import contracts" $bin/lint-imports --no-logo
for project in dev/typecheck/tsconfig.{edge,programs,worker}.json; do
  check "${project##*/}" $bin/node dev/typecheck/node_modules/typescript/bin/tsc --pretty false --project "$project"
done
[ $failed = 0 ] && echo "Checks passed: style, types, import contracts"
exit $failed
