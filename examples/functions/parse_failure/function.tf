data "portcheck" "web" {
  hosts = ["web.example.com"]
  open  = ["80", "443"]
}

# Which endpoints have which cause, such as { filtered = ["tcp://web.example.com:443"] }.
output "causes" {
  value = {
    for endpoint, failure in coalesce(data.portcheck.web.failures, {}) :
    provider::portcheck::parse_failure(failure).cause => endpoint...
  }
}
