#!/usr/bin/env bash
# Makes sure that the programs named as arguments are installed: by itself when root, else it says what to run.
set -euo pipefail

declare -A packages=(
  [git]="git"
  [setpriv]="util-linux"
  [bwrap]="bubblewrap"
  [chromium]="chromium fonts-liberation"
)

needed=()
for program in "$@"; do
  # Builds without isolation are an explicit choice, and then need no bubblewrap.
  if [ "$program" = bwrap ] && [ "${BUILDER_ISOLATION:-}" = off ]; then continue; fi
  # shellcheck disable=SC2206 # a value may name several packages
  command -v "$program" >/dev/null || needed+=(${packages[$program]})
done
[ ${#needed[@]} = 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
  printf 'Please install these with your package manager, then run make again: %s\n' "${needed[*]}" >&2
  exit 1
fi
if [ "$(id -u)" != 0 ]; then
  printf 'These system packages are missing: %s. Run this, then make again:\n  sudo apt-get install -y %s\n' \
    "${needed[*]}" "${needed[*]}" >&2
  exit 1
fi

echo "Installing ${needed[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get update && apt-get install -y --no-install-recommends "${needed[@]}"; } >"$log" 2>&1; then
  tail -n 20 "$log" >&2
  printf 'Installing %s failed; the end of its log is above.\n' "${needed[*]}" >&2
  exit 1
fi
