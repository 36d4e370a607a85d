# A firewall rule of Google Cloud, and a check that it is what packets meet. The ports are
# declared once, in the rule.

terraform {
  required_providers {
    google = {
      source = "hashicorp/google"
    }
    portcheck = {
      source = "portcheck/portcheck"
    }
  }
}

variable "network" {
  type        = string
  description = "Name of the VPC network."
}

variable "web_host" {
  type        = string
  description = "Name or address of the web server, as seen from the machine that runs this, which is in source_ranges."
}

resource "google_compute_firewall" "web" {
  name          = "web"
  network       = var.network
  source_ranges = ["10.0.0.0/8"]
  target_tags   = ["web"]

  allow {
    protocol = "tcp"
    ports    = ["80", "443", "8000-8010"]
  }
  allow {
    protocol = "icmp"
  }
}

resource "portcheck_check" "web" {
  hosts = [var.web_host]

  # What the rule lets in must get through, even before a server listens. Nothing else may.
  unfiltered = provider::portcheck::google_firewall_allow(google_compute_firewall.web.allow, "tcp")
  filtered   = ["1-1024", "3306", "5432"]

  # When the rule changes, apply probes after the change, in the same run.
  triggers = google_compute_firewall.web
}
