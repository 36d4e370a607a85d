# terraform output -raw junit >ports.xml
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

output "junit" {
  value = provider::portcheck::report_junit({
    web      = data.portcheck.web
    database = portcheck_check.database
  })
  sensitive = true
}
