# nmap -sS -p- -oX scan.xml 192.0.2.0/28
resource "portcheck_check" "estate" {
  # Ports that were open must stay open,
  baseline = provider::portcheck::nmap_parse(file("${path.module}/scan.xml"))

  # and no other port of those that were scanned may be.
  closed = ["1-65535"]
}

# nmap -sS -p- -oX balancer.xml lb.example.com
# The addresses of a load balancer move: its ports are held to its name.
resource "portcheck_check" "balancer" {
  baseline = provider::portcheck::nmap_parse(file("${path.module}/balancer.xml"), "hostname")
}
