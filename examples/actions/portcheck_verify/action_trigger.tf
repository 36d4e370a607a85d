# Look at the load balancer when a rule of its security group was made or changed. The
# trigger stands in the rule that Terraform makes last: others may not be there yet when
# the action begins.
resource "aws_vpc_security_group_ingress_rule" "http" {
  security_group_id = aws_security_group.lb.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 80
  to_port           = 80
}

resource "aws_vpc_security_group_ingress_rule" "https" {
  security_group_id = aws_security_group.lb.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443

  depends_on = [aws_vpc_security_group_ingress_rule.http]

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.portcheck_verify.lb]
    }
  }
}

action "portcheck_verify" "lb" {
  config {
    hosts = [aws_lb.web.dns_name]
    open  = ["80", "443"]
  }
}
