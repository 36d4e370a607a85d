#!/usr/bin/env bash
# Builds the release of this system into dist/, as far as it needs no key:
#
#   internal/tools/snapshot.sh GORELEASER VERSION
set -euo pipefail
goreleaser=$1
export RELEASE=$2
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
quietly() { "$@" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }; }

quietly "$goreleaser" check
# The same configuration, for this system alone.
sed "/^    goos:/,/^    ignore:/c\\    goos: [$(go env GOOS)]\n    goarch: [\"$(go env GOARCH)\"]\n    ignore:" .goreleaser.yml >"$work/here.yml"
quietly "$goreleaser" release --config="$work/here.yml" --snapshot --clean --skip=sign,sbom
ls dist/*.zip
