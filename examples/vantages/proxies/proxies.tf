# Proxies, and places behind other places.

terraform {
  required_providers {
    portcheck = { source = "portcheck/portcheck" }
  }
}

variable "proxy_password" {
  type      = string
  ephemeral = true
}

variable "exporter_token" {
  type      = string
  ephemeral = true
}

provider "portcheck" {
  socks5 {
    name     = "office"
    address  = "socks.example.com:1080"
    username = "probe"
    password = var.proxy_password
  }

  http_proxy {
    name = "dmz"
    url  = "http://proxy.example.com:3128"
  }

  # A bastion that only the office's proxy reaches.
  ssh {
    name           = "plant"
    host           = "bastion.plant.example.com"
    user           = "probe"
    agent          = true
    agent_identity = "probe@example.com"
    known_hosts    = file("${path.module}/known_hosts")
    via            = "office"
  }

  # An exporter that only that bastion reaches. It resolves the names of the plant.
  blackbox {
    name         = "plant-floor"
    url          = "http://192.0.2.40:9115"
    bearer_token = var.exporter_token
    via          = "plant"
    resolve      = "vantage"
  }
}

# What the office may use.
resource "portcheck_check" "mirror" {
  hosts = ["mirror.example.com"]
  open  = ["443/https"]
  from  = ["office", "dmz"]
}

# The controllers, by the names that they have in the plant alone.
resource "portcheck_check" "controllers" {
  hosts = ["press.plant.example.com", "furnace.plant.example.com"]
  open  = ["502"]
  from  = ["plant-floor"]
}
