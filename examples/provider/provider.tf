terraform {
  required_providers {
    portcheck = {
      source = "portcheck/portcheck"
    }
  }
}

# Everything has a default. These two are the ones most often set.
provider "portcheck" {
  # Endpoints that are known to be up. When nothing answers, not even they, it
  # is this machine that has no network, and no port is blamed.
  control = ["tcp://192.0.2.53:53"]

  # New probes a second: stay below what your intrusion prevention tolerates.
  max_rate = 200
}
