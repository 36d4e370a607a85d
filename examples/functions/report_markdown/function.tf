# terraform output -raw summary >>"$GITHUB_STEP_SUMMARY"
data "portcheck" "web" {
  hosts = ["web.example.com"]
  open  = ["80", "443"]
}

resource "portcheck_check" "database" {
  hosts      = ["db.example.com"]
  open       = ["5432"]
  closed     = ["22"]
  on_failure = "warning" # an apply that fails would leave the report as it was
}

output "summary" {
  value = provider::portcheck::report_markdown({
    web      = data.portcheck.web
    database = portcheck_check.database
  })
  sensitive = true
}
