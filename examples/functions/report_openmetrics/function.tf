# For the textfile collector of a node_exporter. It must never see half a file:
#   terraform output -raw metrics >ports.tmp && mv ports.tmp /var/lib/prometheus/node-exporter/ports.prom
# For a Pushgateway:
#   terraform output -raw metrics | curl --fail --data-binary @- http://pushgateway.example.com:9091/metrics/job/portcheck
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

output "metrics" {
  value = provider::portcheck::report_openmetrics({
    web      = data.portcheck.web
    database = portcheck_check.database
  })
  sensitive = true
}
