# From inside a Kubernetes cluster: its API server forwards to an exporter there.

terraform {
  required_providers {
    portcheck = { source = "portcheck/portcheck" }
  }
}

variable "cluster" {
  type        = string
  description = "The URL of the cluster's API server."
  default     = "https://kubernetes.example.com:6443"
}

variable "cluster_ca" {
  type        = string
  description = "The certificate authority of the API server, as PEM text."
}

variable "cluster_token" {
  type        = string
  description = "A token of the service account probe: kubectl create token probe -n monitoring."
  ephemeral   = true
}

provider "portcheck" {
  blackbox {
    name         = "cluster"
    url          = "${var.cluster}/api/v1/namespaces/monitoring/services/blackbox:9115/proxy/probe"
    bearer_token = var.cluster_token
    ca_pem       = var.cluster_ca
    modules      = { tcp = "tcp_connect", https = "http_2xx" }
  }
}

# What pods of the namespace monitoring may reach.
resource "portcheck_check" "egress" {
  hosts  = ["198.51.100.30"]
  open   = ["5432"]
  closed = ["22"]
  from   = ["cluster"]
}
