variable "group" {}
variable "ports" {}

resource "aws_security_group_rule" "out" {
  for_each          = { for port in var.ports : tostring(port) => port }
  type              = "egress"
  security_group_id = var.group
  protocol          = "tcp"
  from_port         = each.value
  to_port           = each.value
  cidr_blocks       = ["0.0.0.0/0"]
}
