# Drift fails the plan, but neither -refresh-only nor destroy.
resource "portcheck_check" "api" {
  hosts    = ["api.example.com"]
  open     = ["443"]
  on_drift = "warning"

  lifecycle {
    postcondition {
      condition     = self.passed != false
      error_message = "Not as declared: ${join(", ", [for e, f in coalesce(self.failures, {}) : "${e} is ${f}"])}"
    }
  }
}
