# terraform test, or tofu test

run "web_answers" {
  assert {
    condition     = portcheck_check.web.passed
    error_message = "A check that did not pass would have failed the apply."
  }

  assert {
    condition     = portcheck_check.web.results["tcp://${var.web_host}:443"] == "open"
    error_message = "HTTPS is ${portcheck_check.web.results["tcp://${var.web_host}:443"]}."
  }
}

run "database_is_out_of_reach" {
  command = plan

  assert {
    condition     = data.portcheck.database.passed
    error_message = "Reachable from here: ${join(", ", keys(data.portcheck.database.failures))}."
  }
}
