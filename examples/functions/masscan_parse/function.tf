# masscan 192.0.2.0/28 -p1-65535 -oJ scan.json
resource "portcheck_check" "estate" {
  baseline = provider::portcheck::masscan_parse(file("${path.module}/scan.json"))
}
