# Ports that were open earlier must still be open, and no other port may be.
resource "portcheck_check" "estate" {
  baseline = {
    "web1.example.com" = ["80", "443"]
    "db1.example.com"  = ["5432"]
    "192.0.2.10"       = ["22", "8000-8010"]
  }
  closed = ["1-1024", "3306", "5432", "8000-8999"]
}
