# The smoke test after a deployment. A pipeline invokes it by itself:
#   terraform apply -auto-approve -invoke=action.portcheck_verify.smoke
action "portcheck_verify" "smoke" {
  config {
    hosts   = ["app.example.com"]
    open    = ["443/https"]
    closed  = ["22", "5432"]
    timeout = "3m"
  }
}
