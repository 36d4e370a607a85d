# A security group, and a check that it lets the right packets through.
#
# If somebody deletes the rule, here or in the console, the next plan shows the drift.
# The next apply of this configuration puts the rule back, and then probes again.

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

resource "aws_security_group" "web" {
  name        = "web"
  description = "The web server."
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "https" {
  security_group_id = aws_security_group.web.id
  description       = "HTTPS from everywhere."
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "portcheck_check" "web" {
  hosts  = [var.web_host]
  open   = ["443"]
  closed = ["22", "3306"]

  # When either changes, apply probes after the change, in the same run.
  triggers = [
    aws_security_group.web,
    aws_vpc_security_group_ingress_rule.https,
  ]
}
