terraform {
  required_providers {
    portcheck = { source = "portcheck/portcheck" }
  }
}

variable "token" {
  type      = string
  sensitive = true
}

resource "portcheck_check" "shop" {
  hosts = ["shop1.example.com", "shop2.example.com"]
  open  = ["443/https", "8080/http", "25/smtp", "5432/postgres", "53/dns", "50051/grpc"]

  http = {
    "443/https"                     = { path = "/healthz", status = "200-299", contains = "\"db\":\"up\"" }
    "https://shop2.example.com:443" = { path = "/ready", request_headers = "Authorization: Bearer ${var.token}" }
    "8080/http"                     = { method = "HEAD", status = "200,301-308" }
  }
  tls = {
    "443/https"     = { min_days = "14" }
    "5432/postgres" = { ca_file = "db-ca.pem", server_name = "db.internal" }
    "25/smtp"       = { starttls = "true" }
  }
  postgres = { "5432/postgres" = { user = "probe", database = "shop" } }
  dns      = { "53/dns" = { name = "www.example.com", type = "A" } }
  grpc     = { "50051/grpc" = { service = "shop.v1.Cart" } }
}
