# nmap -sS -p- -oX scan.xml 192.0.2.0/28
resource "portcheck_check" "estate" {
  # What was open must be open,
  baseline = provider::portcheck::nmap_parse(file("${path.module}/scan.xml"))

  # and nothing else: no wider than what was scanned.
  closed = ["1-65535"]
}
