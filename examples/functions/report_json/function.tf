# terraform output -raw ports | jq -r '.checks[].endpoints[] | select(.outcome == "failed") | .key'
data "portcheck" "web" {
  hosts = ["web.example.com"]
  open  = ["80", "443"]
}

locals {
  report = jsondecode(provider::portcheck::report_json({ web = data.portcheck.web }))
}

output "ports" {
  value = jsonencode(local.report)
}

# The hosts on which something is not as declared.
output "hosts" {
  value = distinct([
    for e in flatten(local.report.checks[*].endpoints) : e.host if e.outcome == "failed"
  ])
}
