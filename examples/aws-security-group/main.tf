# A security group, and a check that its rules are what packets meet.
#
# The ports are declared once, in the rules. If somebody deletes a rule, here or in the
# console, the next plan shows the drift. The next apply of this configuration puts the
# rule back, and then probes again.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
    portcheck = {
      source = "portcheck/portcheck"
    }
  }
}

variable "vpc_id" {
  type        = string
  description = "The VPC of the web server."
}

variable "web_host" {
  type        = string
  description = "Name or address of the web server, as seen from the machine that runs this."
}

variable "this_machine" {
  type        = string
  description = "The address from which the machine that runs this reaches the web server."
}

resource "aws_security_group" "web" {
  name        = "web"
  description = "The web server."
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "web" {
  for_each = {
    http  = { ports = [80, 80], from = "0.0.0.0/0" }
    https = { ports = [443, 443], from = "0.0.0.0/0" }
    ssh   = { ports = [22, 22], from = "10.0.0.0/8" }
  }

  security_group_id = aws_security_group.web.id
  cidr_ipv4         = each.value.from
  ip_protocol       = "tcp"
  from_port         = each.value.ports[0]
  to_port           = each.value.ports[1]
}

resource "portcheck_check" "web" {
  hosts = [var.web_host]

  # What the rules let in from here must get through, even before a server listens.
  unfiltered = provider::portcheck::aws_ingress(
    aws_vpc_security_group_ingress_rule.web, "tcp", var.this_machine,
  )

  # Nothing else may. Where ports overlap, unfiltered wins.
  filtered = ["1-1024", "3306", "5432"]

  # When one of these changes, apply probes after the change, in the same run.
  triggers = [
    aws_security_group.web,
    aws_vpc_security_group_ingress_rule.web,
  ]
}
