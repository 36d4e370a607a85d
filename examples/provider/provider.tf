terraform {
  required_providers {
    portcheck = {
      source = "portcheck/portcheck"
    }
  }
}

# Every argument has a default. These two are set most often.
provider "portcheck" {
  # Endpoints that are known to be up. If these do not answer either, this
  # machine has no network, and no port is reported as failed.
  control = ["tcp://192.0.2.53:53"]

  # New probes a second. Stay below the limit of your intrusion prevention.
  max_rate = 200
}
