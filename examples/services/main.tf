terraform {
  required_providers {
    portcheck = { source = "portcheck/portcheck" }
  }
}

data "portcheck" "shop" {
  hosts   = ["localhost"]
  open    = ["38443", "38443/https"] # it accepts; it serves
  ca_file = "ca.pem"
}

output "shop" {
  value = data.portcheck.shop.results
}
