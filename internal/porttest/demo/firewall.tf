terraform {
  required_providers {
    portcheck = { source = "portcheck/portcheck" }
  }
}

provider "portcheck" {
  checks_read_timeout = "1s"
}

# Count up to have the change made again.
variable "revision" { default = 1 }

# Stands for a change of the infrastructure, such as a security group's: in the
# demo, creating it makes the database reachable again.
resource "terraform_data" "infrastructure" {
  triggers_replace = [var.revision]
  provisioner "local-exec" {
    command = "\"$${PORTCHECK_DEMO:-true}\" accept"
  }
}

resource "portcheck_check" "app" {
  hosts    = ["HOST"]
  open     = ["WEB", "DATABASE"]
  triggers = terraform_data.infrastructure.id
  timeouts {
    create = "10s"
    update = "10s"
  }
}
