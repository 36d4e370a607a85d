list "portcheck_check" "net" {
  provider = portcheck
  limit    = 1000

  config {
    hosts = ["10.0.3.0/24"]
    ports = ["1-1024", "3306", "5432", "8080"]
  }
}
