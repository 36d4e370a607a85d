# What the rules do, whether or not anything listens. The check of the web servers
# passes before their service is up, and the one of the database fails if a rule lets
# this machine through, even while the database is down.
resource "portcheck_check" "web_rules" {
  hosts      = ["web1.example.com", "web2.example.com"]
  unfiltered = ["443"]
  filtered   = ["22", "3306"]
}

resource "portcheck_check" "db_rules" {
  hosts    = ["db1.example.com"]
  open     = ["443"] # shows that the host is up: silence alone proves nothing
  filtered = ["5432"]
}
