resource "aws_security_group" "web" {
  name = "web"

  ingress {
    description = "HTTP and HTTPS from everywhere."
    protocol    = "tcp"
    from_port   = 80
    to_port     = 443
    cidr_blocks = ["0.0.0.0/0"]
  }
  ingress {
    description = "SSH from the office."
    protocol    = "tcp"
    from_port   = 22
    to_port     = 22
    cidr_blocks = ["203.0.113.0/24"]
  }
}

output "from_anywhere" {
  value = provider::portcheck::aws_ingress(aws_security_group.web.ingress) # ["22", "80-443"]
}

output "from_this_machine" {
  value = provider::portcheck::aws_ingress(aws_security_group.web.ingress, "tcp", "198.51.100.7") # ["80-443"]
}
