# Ports that are open now
resource "portcheck_baseline" "estate" {
  hosts = ["web1.example.com", "web2.example.com", "192.0.2.10"]
  ports = ["1-1024", "8000-8999", "53/udp"]

  # A baseline recorded while a host is down is of no use.
  require_all = true

  # Change this to record again, and so accept what has changed.
  triggers = "2026-11-23, monitoring agents on 9100"
}

# must stay open, and no other scanned port may open.
resource "portcheck_check" "estate" {
  baseline = portcheck_baseline.estate.open
  closed   = portcheck_baseline.estate.ports
}
