variable "probe_key" {
  type      = string
  ephemeral = true # from Terraform 1.10 and OpenTofu 1.11 on
}

variable "exporters" {
  type    = map(string)
  default = { eu-west = "https://blackbox.eu-west.example.com:9115" }
}

provider "portcheck" {
  # A bastion. Its key is checked, always.
  ssh {
    name        = "vpc-a"
    host        = "bastion.example.com"
    user        = "probe"
    private_key = var.probe_key
    host_key    = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea"
    via         = "office" # reached through the proxy
  }

  socks5 {
    name    = "office"
    address = "proxy.corp.example.com:1080"
  }

  # One blackbox_exporter in each region.
  dynamic "blackbox" {
    for_each = var.exporters
    content {
      name    = blackbox.key
      url     = blackbox.value
      modules = { https = "http_2xx" }
    }
  }
}

# The database must be open from the application's network.
resource "portcheck_check" "db" {
  hosts = ["10.0.3.7"]
  open  = ["5432/postgres"]
  from  = ["vpc-a"]
}

# The site must be open from everywhere, this machine included.
resource "portcheck_check" "site" {
  hosts = ["www.example.com"]
  open  = ["443/https"]
  from  = concat(["local"], keys(var.exporters))
}
