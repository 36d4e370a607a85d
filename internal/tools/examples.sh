#!/usr/bin/env bash
# Validates the examples with this provider:
#
#   internal/tools/examples.sh CLI
#
# CLI is a terraform or tofu. The examples that need another provider, which
# cannot be had without a network, are only held to the format here; acceptance
# tests plan them with recorded schemas. Those in examples/actions need Terraform 1.14,
# and are held to the format too; next.sh validates them.
set -euo pipefail
cli=$1
cd "$(dirname "$0")/../.."
. internal/tools/devcli.sh

"$cli" fmt -check -diff -recursive examples

# validate NAME DIR
validate() {
	if ! (cd "$2" && "$cli" validate -no-color) >"$work/log" 2>&1; then
		echo "$1: not valid" >&2
		cat "$work/log" >&2
		exit 1
	fi
	echo "$1: valid"
}

# What every example needs is in that of the provider, and only there.
for example in examples/provider/*.tf examples/data-sources/*/*.tf examples/resources/*/*.tf examples/functions/*/*.tf examples/ephemeral-resources/*/*.tf; do
	grep -qE '^resource "(aws|google|azurerm)_' "$example" && continue
	module=$work/$example
	mkdir -p "$module"
	if [[ $example == examples/provider/* && $example != */provider.tf ]]; then
		# It configures the provider itself, and lacks the terraform block alone.
		sed '/^}$/q' examples/provider/provider.tf >"$module/terraform.tf"
	else
		cp examples/provider/provider.tf "$module/"
	fi
	cp "$example" "$module/"
	# What it reads with file().
	find "$(dirname "$example")" -type f ! -name '*.tf' -exec cp -t "$module" {} +
	validate "$example" "$module"
done

# These are root modules.
for example in examples/services/ examples/services/*/ examples/vantages/ examples/vantages/*/; do
	files=("$example"*.tf)
	[ -e "${files[0]}" ] || continue # files of a server
	validate "$example" "$example"
done
