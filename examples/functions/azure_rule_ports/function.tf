resource "azurerm_network_security_rule" "web" {
  for_each = {
    ssh = { priority = 100, access = "Deny", ports = ["22"], from = "Internet" }
    all = { priority = 200, access = "Allow", ports = ["20-25", "443"], from = "*" }
  }

  name                        = each.key
  resource_group_name         = "web"
  network_security_group_name = "web"
  direction                   = "Inbound"
  access                      = each.value.access
  priority                    = each.value.priority
  protocol                    = "Tcp"
  source_port_range           = "*"
  destination_port_ranges     = each.value.ports
  source_address_prefix       = each.value.from
  destination_address_prefix  = "*"
}

output "from_inside" {
  value = provider::portcheck::azure_rule_ports(azurerm_network_security_rule.web, "VirtualNetwork") # ["20-25", "443"]
}

output "from_outside" {
  value = provider::portcheck::azure_rule_ports(azurerm_network_security_rule.web, "Internet") # ["20-21", "23-25", "443"]
}
