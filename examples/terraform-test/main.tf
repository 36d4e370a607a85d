# The module under test: a web server that the world may reach, and a database that
# the world may not reach.

terraform {
  required_providers {
    portcheck = {
      source = "portcheck/portcheck"
    }
  }
}

variable "web_host" {
  type = string
}

variable "database_host" {
  type = string
}

resource "portcheck_check" "web" {
  hosts = [var.web_host]
  open  = ["80", "443"]
  timeouts {
    create = "10s"
    update = "10s"
  }
}

data "portcheck" "database" {
  hosts      = [var.database_host]
  closed     = ["5432"]
  on_failure = "none" # the test says what is wrong
}

output "reachable" {
  value = coalesce(join(", ", keys(data.portcheck.database.failures)), "none")
}
