#!/usr/bin/env bash
# Pins every dependency with hashes and without addresses: for the workspace, for each service alone, and uv itself.
set -euo pipefail

uv=.venv/bin/uv
options=(--quiet --universal --generate-hashes --no-emit-package overskill-common --no-emit-index-url --no-emit-find-links)
export UV_CUSTOM_COMPILE_COMMAND="make lock"

members=(libs/common/pyproject.toml services/*/pyproject.toml)
$uv pip compile "${options[@]}" --group dev --all-extras pyproject.toml "${members[@]}" -o requirements.lock
for service in services/*/; do
  $uv pip compile "${options[@]}" --constraint requirements.lock "${service}pyproject.toml" -o "${service}requirements.lock"
done
sed -n 's/^\(uv==[0-9.]*\).*/\1/p' dev/setup/requirements.lock \
  | $uv pip compile "${options[@]}" - -o dev/setup/requirements.lock
