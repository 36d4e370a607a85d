# A check that never stops a pipeline: apply warns and goes on, and so does plan.
resource "portcheck_check" "legacy" {
  hosts      = ["legacy.example.com"]
  open       = ["8080"]
  on_failure = "warning"
  on_drift   = "warning"
}
