# The root module that the pipelines beside it run: the ports that must be open, and
# three reports.

terraform {
  required_providers {
    portcheck = {
      source = "portcheck/portcheck"
    }
  }
  # The state has to outlive a run of the pipeline: a backend belongs here.
}

provider "portcheck" {}

variable "web_hosts" {
  type        = list(string)
  description = "Names or addresses of the web servers, as seen from the runner."
}

variable "database_hosts" {
  type        = list(string)
  description = "The same of the database servers."
}

resource "portcheck_check" "web" {
  hosts  = var.web_hosts
  open   = ["80", "443"]
  closed = ["22"]
}

resource "portcheck_check" "database" {
  hosts = var.database_hosts
  open  = ["5432"]
}

locals {
  checks = {
    web      = portcheck_check.web
    database = portcheck_check.database
  }
}

# Nothing in these is secret. As sensitive outputs they do not fill the text of
# each plan that changes them, and terraform output -raw prints them all the same.
output "report_markdown" {
  value     = provider::portcheck::report_markdown(local.checks)
  sensitive = true
}

output "report_junit" {
  value     = provider::portcheck::report_junit(local.checks)
  sensitive = true
}

output "report_html" {
  value     = provider::portcheck::report_html(local.checks)
  sensitive = true
}
