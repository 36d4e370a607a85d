# Who may reach whom among three tiers: web -> app -> database, and nothing else.

terraform {
  required_providers {
    portcheck = { source = "portcheck/portcheck" }
  }
}

variable "bastion_key" {
  type        = string
  description = "The private key of the user probe on all bastions."
  ephemeral   = true
}

locals {
  # Each tier: the bastion in its network, its hosts, what they serve, and who may
  # reach it.
  tiers = {
    web = {
      bastion = "bastion.web.example.com"
      hosts   = ["192.0.2.10", "192.0.2.11"]
      port    = "443"
      service = "https"
      sources = []
    }
    app = {
      bastion = "bastion.app.example.com"
      hosts   = ["198.51.100.20", "198.51.100.21"]
      port    = "8080"
      service = "http"
      sources = ["web"]
    }
    database = {
      bastion = "bastion.database.example.com"
      hosts   = ["203.0.113.30"]
      port    = "5432"
      service = "postgres"
      sources = ["app"]
    }
  }

  may     = { for name, tier in local.tiers : name => tier.sources }
  may_not = { for name, tier in local.tiers : name => setsubtract(keys(local.tiers), concat(tier.sources, [name])) }
}

provider "portcheck" {
  dynamic "ssh" {
    for_each = local.tiers
    content {
      name        = ssh.key
      host        = ssh.value.bastion
      user        = "probe"
      private_key = var.bastion_key
      known_hosts = file("${path.module}/known_hosts")
    }
  }
}

resource "portcheck_check" "may" {
  for_each = { for name, sources in local.may : name => sources if length(sources) > 0 }

  hosts = local.tiers[each.key].hosts
  open  = ["${local.tiers[each.key].port}/${local.tiers[each.key].service}"]
  from  = each.value
}

resource "portcheck_check" "may_not" {
  for_each = { for name, sources in local.may_not : name => sources if length(sources) > 0 }

  hosts  = local.tiers[each.key].hosts
  closed = [local.tiers[each.key].port]
  from   = each.value
}

# Sources and endpoints as a table, with the state and what was declared.
output "matrix" {
  value = provider::portcheck::report_html(merge(
    { for name, check in portcheck_check.may : "may reach ${name}" => check },
    { for name, check in portcheck_check.may_not : "may not reach ${name}" => check },
  ))
  sensitive = true
}
