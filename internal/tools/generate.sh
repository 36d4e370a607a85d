#!/usr/bin/env bash
# Generates docs/ from the provider's schemas, templates/ and examples/:
#
#   internal/tools/generate.sh CLI TFPLUGINDOCS
#
# CLI is a terraform or tofu, whichever is at hand; what comes out is the same.
set -euo pipefail
cli=$1 tfplugindocs=$(realpath "$2")
cd "$(dirname "$0")/../.."
. internal/tools/devcli.sh

# Tables that are lists in the code.
go test -count=1 ./internal/endpoint ./internal/option ./internal/report ./internal/provider -run '^TestGuide$' -update >"$work/log" 2>&1 || {
	cat "$work/log" >&2
	exit 1
}

# The two CLIs differ in nothing but the registry in the provider's address.
# tfplugindocs wants the short name there.
mkdir "$work/module"
cp examples/provider/provider.tf "$work/module/"
(cd "$work/module" && "$cli" providers schema -json) |
	sed 's|"[^"]*/portcheck/portcheck":|"portcheck":|' >"$work/schema.json"

# It says a line for each file it looks at; they are of use when it fails only.
if ! "$tfplugindocs" generate --provider-name portcheck --providers-schema "$work/schema.json" >"$work/log" 2>&1; then
	cat "$work/log" >&2
	exit 1
fi
