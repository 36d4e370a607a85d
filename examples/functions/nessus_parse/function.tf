# A scan that Nessus exported in its own format, .nessus.
resource "portcheck_check" "estate" {
  baseline = provider::portcheck::nessus_parse(file("${path.module}/scan.nessus"))
}

# The same, by name rather than by address, and only the production hosts.
resource "portcheck_check" "production" {
  baseline = {
    for host, ports in provider::portcheck::nessus_parse(file("${path.module}/scan.nessus"), "host-fqdn") :
    host => ports if endswith(host, ".prod.example.com")
  }
}
