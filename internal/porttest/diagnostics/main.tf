terraform {
  required_providers {
    portcheck = { source = "portcheck/portcheck" }
  }
}

resource "portcheck_check" "web" {
  hosts = ["198.51.100.1"]
  open  = ["80", "443"]
}

resource "portcheck_check" "database" {
  hosts = ["198.51.100.2"]
  open  = ["22", "5432"]
}

resource "portcheck_check" "mail" {
  hosts = ["198.51.100.3"]
  open  = ["25", "587"]
}

resource "portcheck_check" "admin" {
  hosts  = ["198.51.100.4"]
  open   = ["443"]
  closed = ["22", "3389"]
}

data "portcheck" "backup" {
  hosts = ["198.51.100.99"]
  open  = ["22", "873", "9102"]
}
