variable "prometheus_token" {
  type      = string
  sensitive = true
}

list "portcheck_check" "probed" {
  provider = portcheck
  limit    = 1000

  config {
    prometheus_url = "https://prometheus.example.com"
    bearer_token   = var.prometheus_token
    schemes        = { smtp_submission = "submission", postgres_banner = "postgres" }
  }
}
