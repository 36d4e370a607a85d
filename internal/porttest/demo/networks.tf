terraform {
  required_providers {
    portcheck = { source = "portcheck/portcheck" }
  }
}

# A bastion in each of two networks: they forward connections, and do nothing else.
provider "portcheck" {
  checks_read_timeout = "1s"

  ssh {
    name        = "web"
    host        = "WEB"
    user        = "USER"
    private_key = file(pathexpand("FOLDER/id_ed25519"))
    known_hosts = file(pathexpand("FOLDER/known_hosts"))
  }
  ssh {
    name        = "app"
    host        = "APP"
    user        = "USER"
    private_key = file(pathexpand("FOLDER/id_ed25519"))
    known_hosts = file(pathexpand("FOLDER/known_hosts"))
  }
}

# Count up to have the change made again.
variable "revision" { default = 1 }

# Stands for a change of the infrastructure, such as a security group's: in the
# demo, creating it puts the firewall's rule back.
resource "terraform_data" "infrastructure" {
  triggers_replace = [var.revision]
  provisioner "local-exec" {
    command = "\"$${PORTCHECK_DEMO:-true}\" accept"
  }
}

# The app tier may reach the database, and so may this machine, for migrations.
resource "portcheck_check" "may" {
  hosts    = ["DATABASE"]
  open     = ["5432"]
  from     = ["app", "local"]
  triggers = terraform_data.infrastructure.id
  timeouts {
    create = "10s"
    update = "10s"
  }
}

# The web tier may not.
resource "portcheck_check" "may_not" {
  hosts    = ["DATABASE"]
  closed   = ["5432"]
  from     = ["web"]
  triggers = terraform_data.infrastructure.id
  timeouts {
    create = "10s"
    update = "10s"
  }
}
