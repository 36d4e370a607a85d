#!/usr/bin/env bash
# Runs a command that may take minutes, and says so at once and every ten
# seconds. What the command writes is shown if it fails.
#
#   internal/tools/patiently.sh WHAT COMMAND…
set -euo pipefail
what=$1
shift
echo "$what"

log=$(mktemp)
tick() {
	local nap=
	trap '[ -z "$nap" ] || kill "$nap"; exit' TERM
	while true; do
		sleep 10 &
		nap=$!
		wait "$nap"
		echo "  … $SECONDS s"
	done
}
tick &
ticker=$!
trap 'kill "$ticker"; wait "$ticker" || true; rm -f "$log"' EXIT

"$@" >"$log" 2>&1 || {
	status=$?
	cat "$log"
	echo "failed: $*"
	exit "$status"
} >&2
