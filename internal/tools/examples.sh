#!/usr/bin/env bash
# Validates the examples with this provider:
#
#   internal/tools/examples.sh CLI
#
# CLI is a terraform or tofu. The examples that need another provider, which
# cannot be had without a network, are only held to the format.
set -euo pipefail
cli=$1
cd "$(dirname "$0")/../.."
. internal/tools/devcli.sh

"$cli" fmt -check -diff -recursive examples

# What every example needs is in that of the provider, and only there.
for example in examples/provider/*.tf examples/data-sources/*/*.tf examples/resources/*/*.tf examples/functions/*/*.tf; do
	module=$work/$example
	mkdir -p "$module"
	cp examples/provider/provider.tf "$module/"
	cp "$example" "$module/"
	# What it reads with file().
	find "$(dirname "$example")" -type f ! -name '*.tf' -exec cp -t "$module" {} +
	if ! (cd "$module" && "$cli" validate -no-color) >"$work/log" 2>&1; then
		echo "$example: not valid" >&2
		cat "$work/log" >&2
		exit 1
	fi
	echo "$example: valid"
done
