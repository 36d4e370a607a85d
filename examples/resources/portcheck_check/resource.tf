# Stands for whatever opens and closes the ports: a security group, a firewall
# policy, a set of nftables rules.
resource "terraform_data" "firewall" {
  input = { allow = ["80", "443"] }
}

resource "portcheck_check" "web" {
  hosts  = ["web1.example.com", "web2.example.com"]
  open   = ["80", "443"]
  closed = ["22", "3306"]

  # When the rules change, apply probes once they are in place, and re-checks until
  # they are in force.
  triggers = terraform_data.firewall

  timeouts {
    create = "3m"
    update = "3m"
  }
}
