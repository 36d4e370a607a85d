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

# Tables that are lists in the code. One package after the other: two write the same file.
go test -p=1 -count=1 ./internal/endpoint ./internal/option ./internal/report ./internal/provider -run '^TestGuide$' -update >"$work/log" 2>&1 || {
	cat "$work/log" >&2
	exit 1
}

# The CLIs differ in the registry of the provider's address, where tfplugindocs wants
# the short name, and in the kinds of objects that they know.
mkdir "$work/module"
cp examples/provider/provider.tf "$work/module/"
(cd "$work/module" && "$cli" providers schema -json) |
	sed 's|"[^"]*/portcheck/portcheck":|"portcheck":|' |
	go run ./internal/tools/newschemas >"$work/schema.json"

# It says a line for each file it looks at; they are of use when it fails only.
if ! "$tfplugindocs" generate --provider-name portcheck --providers-schema "$work/schema.json" >"$work/log" 2>&1; then
	cat "$work/log" >&2
	exit 1
fi
