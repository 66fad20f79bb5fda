output "egress_addresses" {
  description = "For the partner's allow-list"
  value       = [aws_eip.nat_a.public_ip]
}
