# One bastion, and one blackbox_exporter in each region.

terraform {
  required_providers {
    portcheck = { source = "portcheck/portcheck" }
  }
}

variable "bastion_key" {
  type        = string
  description = "The private key of the user probe on the bastion."
  ephemeral   = true
}

variable "exporter_password" {
  type        = string
  description = "The password whose hash is in the exporters' web.yml."
  ephemeral   = true
}

variable "exporters" {
  type        = map(string)
  description = "The URL of each exporter, by the name of its place."
  default = {
    eu-west = "https://blackbox.eu-west.example.com:9115"
    us-east = "https://blackbox.us-east.example.com:9115"
  }
}

provider "portcheck" {
  ssh {
    name        = "vpc-a"
    host        = "bastion.example.com"
    user        = "probe"
    private_key = var.bastion_key
    host_key    = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea"
  }

  dynamic "blackbox" {
    for_each = var.exporters
    content {
      name     = blackbox.key
      url      = blackbox.value
      username = "probe"
      password = var.exporter_password
    }
  }
}

# The application runs in VPC A. It must reach the database.
resource "portcheck_check" "database" {
  hosts = ["198.51.100.30"]
  open  = ["5432/postgres"]
  from  = ["vpc-a"]
}

# Customers are everywhere. All must reach the site, over TLS.
resource "portcheck_check" "site" {
  hosts = ["www.example.com"]
  open  = ["443/https"]
  from  = keys(var.exporters)
}

# SSH is for this machine alone.
resource "portcheck_check" "no_ssh" {
  hosts  = ["www.example.com"]
  closed = ["22"]
  from   = concat(["vpc-a"], keys(var.exporters))
}
