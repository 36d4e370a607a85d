# A network security group of Azure, and a check that its rules are what packets meet. The
# ports are declared once, in the rules.

terraform {
  required_providers {
    azurerm = {
      source = "hashicorp/azurerm"
    }
    portcheck = {
      source = "portcheck/portcheck"
    }
  }
}

provider "azurerm" {
  features {}
}

variable "resource_group" {
  type        = string
  description = "Name of the resource group."
}

variable "web_host" {
  type        = string
  description = "Name or address of the web server, as seen from the machine that runs this, which is in the virtual network."
}

resource "azurerm_network_security_group" "web" {
  name                = "web"
  location            = "westeurope"
  resource_group_name = var.resource_group

  security_rule {
    name                       = "no-telnet"
    direction                  = "Inbound"
    access                     = "Deny"
    priority                   = 100
    protocol                   = "*"
    source_port_range          = "*"
    source_address_prefix      = "*"
    destination_port_range     = "23"
    destination_address_prefix = "*"
  }
  security_rule {
    name                       = "manage"
    direction                  = "Inbound"
    access                     = "Allow"
    priority                   = 200
    protocol                   = "Tcp"
    source_port_range          = "*"
    source_address_prefix      = "VirtualNetwork"
    destination_port_range     = "20-25"
    destination_address_prefix = "*"
  }
  security_rule {
    name                       = "web"
    direction                  = "Inbound"
    access                     = "Allow"
    priority                   = 300
    protocol                   = "Tcp"
    source_port_range          = "*"
    source_address_prefix      = "*"
    destination_port_ranges    = ["80", "443"]
    destination_address_prefix = "*"
  }
  security_rule {
    name                       = "nothing-else"
    direction                  = "Inbound"
    access                     = "Deny"
    priority                   = 4096
    protocol                   = "*"
    source_port_range          = "*"
    source_address_prefix      = "*"
    destination_port_range     = "*"
    destination_address_prefix = "*"
  }
}

resource "portcheck_check" "web" {
  hosts = [var.web_host]

  # What the rules let in from the network must get through, even before a server listens.
  unfiltered = provider::portcheck::azure_rule_ports(
    azurerm_network_security_group.web.security_rule, "tcp", "VirtualNetwork",
  )

  # Nothing else may. Where ports overlap, unfiltered wins.
  filtered = ["1-1024", "3306", "5432"]

  # When a rule changes, apply probes after the change, in the same run.
  triggers = azurerm_network_security_group.web
}
