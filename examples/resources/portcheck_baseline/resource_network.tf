# A network in which not every address is a host. A warning names the addresses that
# do not answer, and unreachable records them.
resource "portcheck_baseline" "office" {
  hosts = ["192.0.2.0/26"]
  ports = ["22", "80", "443", "3389", "5900"]
}

# To be kept in git: terraform output -raw office > office.json
output "office" {
  value = jsonencode(portcheck_baseline.office.open)
}
