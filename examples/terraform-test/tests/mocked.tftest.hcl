# What the module does with the answers, without a network: nothing is probed.

mock_provider "portcheck" {}

override_resource {
  target = portcheck_check.web
  values = {
    passed = true
  }
}

variables {
  web_host      = "web.example.com"
  database_host = "db.example.com"
}

run "all_is_well" {
  assert {
    condition     = output.reachable == "none"
    error_message = "The module takes nothing for something: ${output.reachable}."
  }
}

run "database_is_open" {
  override_data {
    target = data.portcheck.database
    values = {
      failures = { "tcp://db.example.com:5432" = "open (syn-ack), declared closed: unexpected-open" }
    }
  }

  assert {
    condition     = output.reachable == "tcp://db.example.com:5432" && portcheck_check.web.passed
    error_message = "The module does not name the database: ${output.reachable}."
  }
}
