resource "google_compute_firewall" "dns" {
  name          = "dns"
  network       = "default"
  source_ranges = ["10.0.0.0/8"]

  allow {
    protocol = "tcp"
    ports    = ["53", "8000-8010"]
  }
  allow {
    protocol = "udp"
    ports    = ["53"]
  }
  allow {
    protocol = "icmp"
  }
}

output "ports" {
  value = provider::portcheck::google_firewall_allow(google_compute_firewall.dns.allow) # ["53", "8000-8010", "53/udp"]
}

output "tcp" {
  value = provider::portcheck::google_firewall_allow(google_compute_firewall.dns.allow, "tcp") # ["53", "8000-8010"]
}
