# The token is in the environment variable PORTCHECK_PROMETHEUS_BEARER_TOKEN.
list "portcheck_check" "probed" {
  provider = portcheck
  limit    = 1000

  config {
    prometheus_url = "https://prometheus.example.com"
    schemes        = { smtp_submission = "submission", postgres_banner = "postgres" }
  }
}
