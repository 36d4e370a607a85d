# Looked at in every plan. A port that is not as declared is a warning, with the
# reason and what to do next.
data "portcheck" "database" {
  hosts  = ["db1.example.com", "db2.example.com"]
  open   = ["5432"]
  closed = ["22"]
}

# The same as a check, for whatever reads the outcome of checks.
check "database_ports" {
  assert {
    condition     = data.portcheck.database.passed != false
    error_message = "Not as declared: ${join(", ", keys(coalesce(data.portcheck.database.failures, {})))}"
  }
}
