variable "db_host" {
  type    = string
  default = "db.example.com"
}

# "warning" lets destroy through when the database is gone:
#   terraform destroy -var db_gate=warning
variable "db_gate" {
  type    = string
  default = "error"
}

# What refers to ephemeral.portcheck.db waits until the database answers.
ephemeral "portcheck" "db" {
  hosts      = [var.db_host]
  open       = ["5432/postgres"]
  timeout    = "5m"
  on_failure = var.db_gate
}
