# naabu -host web.example.com -p - -json -o scan.jsonl
resource "portcheck_check" "estate" {
  baseline = provider::portcheck::naabu_parse(file("${path.module}/scan.jsonl"))
}
