# What is open now,
resource "portcheck_baseline" "estate" {
  hosts = ["web1.example.com", "web2.example.com", "192.0.2.10"]
  ports = ["1-1024", "8000-8999", "53/udp"]

  # A baseline that was taken while a host was down is worth nothing.
  require_all = true

  # Change this to record anew, and so to accept what has changed.
  triggers = "2026-11-23, monitoring agents on 9100"
}

# must stay open, and of what was scanned nothing else may be.
resource "portcheck_check" "estate" {
  baseline = portcheck_baseline.estate.open
  closed   = portcheck_baseline.estate.ports
}
