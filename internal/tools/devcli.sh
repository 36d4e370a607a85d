# Sourced by the scripts beside it: builds this provider into a directory of its
# own and lets Terraform and OpenTofu use it from there, without init and without
# a network. $work is removed at the end.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir "$work/provider"
go build -o "$work/provider/" .
cat >"$work/cli.tfrc" <<CONFIG
provider_installation {
  dev_overrides {
    "portcheck/portcheck" = "$work/provider"
  }
}
CONFIG
export TF_CLI_CONFIG_FILE=$work/cli.tfrc CHECKPOINT_DISABLE=1
