#!/usr/bin/env bash
# Installs the archive of a snapshot from a filesystem mirror and plans with it:
#
#   internal/tools/mirror.sh CLI
#
# CLI is a terraform or tofu. The archive is in dist/ (make snapshot).
set -euo pipefail
cli=$1
cd "$(dirname "$0")/../.."

archive=(dist/terraform-provider-portcheck_*_"$(go env GOOS)"_"$(go env GOARCH)".zip)
version=$(basename "${archive[0]}")
version=${version#terraform-provider-portcheck_}
version=${version%%_*}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for registry in registry.terraform.io registry.opentofu.org; do
	mkdir -p "$work/mirror/$registry/portcheck/portcheck" "$work/module"
	cp "${archive[0]}" "$work/mirror/$registry/portcheck/portcheck/"
done
cat >"$work/cli.tfrc" <<EOF
provider_installation {
  filesystem_mirror {
    path = "$work/mirror"
  }
}
EOF
cat >"$work/module/main.tf" <<EOF
terraform {
  required_providers {
    portcheck = {
      source  = "portcheck/portcheck"
      version = "$version"
    }
  }
}
data "portcheck" "quiet" {
  hosts  = ["127.0.0.1"]
  closed = ["1"]
}
output "passed" {
  value = data.portcheck.quiet.passed
}
EOF
export TF_CLI_CONFIG_FILE=$work/cli.tfrc CHECKPOINT_DISABLE=1
run() { (cd "$work/module" && "$cli" "$@") >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }; }

"$cli" version | sed -n 1p
run init -input=false -no-color
grep -q "version *= \"$version\"" "$work/module/.terraform.lock.hcl"
run init -input=false -no-color -lockfile=readonly # the checksum is the same
run plan -input=false -no-color
grep -q 'passed = true' "$work/log" || { cat "$work/log"; exit 1; }
unzip -l "${archive[0]}" | awk '{ print $4 }' | sort >"$work/files"
for file in LICENSE THIRD_PARTY_NOTICES "terraform-provider-portcheck_v$version"; do
	grep -qx "$file" "$work/files" || { echo "the archive has no $file"; exit 1; }
done
echo "installed $version from a mirror, and planned with it"
