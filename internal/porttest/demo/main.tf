terraform {
  required_providers {
    portcheck = { source = "portcheck/portcheck" }
  }
}

provider "portcheck" {
  checks_read_timeout = "1s"
}

variable "host" { type = string }
variable "web" { type = string }
variable "database" { type = string }

# Count up to have the firewall's rules set anew.
variable "firewall_revision" { default = 1 }

# Stands for a security group: creating it sets the rule for the database.
resource "terraform_data" "firewall" {
  triggers_replace = [var.firewall_revision]
  provisioner "local-exec" {
    command = "\"$PORTCHECK_DEMO\" accept"
  }
}

resource "portcheck_check" "app" {
  hosts    = [var.host]
  open     = [var.web, var.database]
  triggers = terraform_data.firewall.id
  timeouts = { create = "10s", update = "10s" }
}
