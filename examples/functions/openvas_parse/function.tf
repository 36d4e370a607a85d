# A report that Greenbone exported in its format XML, with the filter
# rows=-1 min_qod=0 levels=hmlg.
resource "portcheck_check" "estate" {
  baseline = provider::portcheck::openvas_parse(file("${path.module}/report.xml"))
}
