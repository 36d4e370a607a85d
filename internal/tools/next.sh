#!/usr/bin/env bash
# Runs what Terraform knows from 1.14 on, and what it then says:
#
#   PORTCHECK_TERRAFORM_NEXT=PATH internal/tools/next.sh
#
# The tests are the files acc_next_* in internal/provider, in the lab.
set -euo pipefail
cli=$(realpath "${PORTCHECK_TERRAFORM_NEXT:?is not set to the path of a Terraform from 1.14 on}")
cd "$(dirname "$0")/../.."
. internal/tools/devcli.sh
"$cli" version -json | sed -n 's/.*"terraform_version": "\(.*\)".*/Terraform \1/p'

# The examples that older CLIs do not read. One that needs another provider is held to
# the format alone, as in examples.sh.
# validate EXAMPLE [OPTION]
validate() {
	mkdir -p "$work/$1"
	cp examples/provider/provider.tf "$1" "$work/$1/"
	(cd "$work/$1" && "$cli" validate -no-color "${@:2}" >"$work/log" 2>&1) || {
		cat "$work/log" >&2
		exit 1
	}
	echo "$1: valid"
}
for example in examples/actions/*/action.tf; do
	validate "$example"
done
for example in examples/list-resources/*/*.tfquery.hcl; do
	validate "$example" -query
done

# Set, so that the provider is built for the tests.
PORTCHECK_TERRAFORM=$cli PORTCHECK_TERRAFORM_NEXT=$cli PORTCHECK_REQUIRE_LAB=1 \
	go test -tags next -count=1 -timeout=20m -run='^TestNext|^TestAccEphemeral' -v ./internal/provider
