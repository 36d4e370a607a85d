# Every plan probes these ports. A port that is not as declared gives a warning with
# the reason and what to do next.
data "portcheck" "database" {
  hosts  = ["db1.example.com", "db2.example.com"]
  open   = ["5432"]
  closed = ["22"]
}

# The same as a check block, for tools that read the outcome of checks.
check "database_ports" {
  assert {
    condition     = data.portcheck.database.passed != false
    error_message = "Not as declared: ${join(", ", keys(coalesce(data.portcheck.database.failures, {})))}"
  }
}
