resource "aws_security_group" "functions" {
  for_each = toset(["worker", "api"])
  name     = each.key
  vpc_id   = aws_vpc.main.id
}

resource "aws_vpc_security_group_egress_rule" "all" {
  for_each          = aws_security_group.functions
  security_group_id = each.value.id
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_vpc_security_group_ingress_rule" "ports" {
  for_each = { for rule in local.rules : "${rule.name}-${rule.port}" => rule }

  security_group_id = aws_security_group.functions["api"].id
  description       = "for ${each.value.name}"
  ip_protocol       = "tcp"
  from_port         = each.value.port
  to_port           = each.value.port
  cidr_ipv4         = aws_vpc.main.cidr_block
}

resource "aws_lambda_function" "this" {
  for_each = {
    worker = { memory = 512, concurrency = var.peak }
    api    = { memory = 128, concurrency = -1 }
  }

  function_name                  = "app-${each.key}"
  role                           = "arn:aws:iam::123456789012:role/app"
  package_type                   = "Image"
  image_uri                      = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:latest"
  memory_size                    = each.value.memory
  timeout                        = each.key == "api" ? 10 : 900
  publish                        = true
  reserved_concurrent_executions = each.value.concurrency

  vpc_config {
    subnet_ids         = [for key, subnet in aws_subnet.this : subnet.id if startswith(key, "private-")]
    security_group_ids = [aws_security_group.functions[each.key].id]
  }
}

resource "aws_lambda_alias" "live" {
  for_each         = aws_lambda_function.this
  name             = "live"
  function_name    = each.value.function_name
  function_version = each.value.version
}

resource "aws_flow_log" "vpc" {
  vpc_id                   = aws_vpc.main.id
  traffic_type             = "ALL"
  log_destination_type     = "s3"
  log_destination          = "arn:aws:s3:::logs"
  max_aggregation_interval = 60
  log_format               = "$${version} $${srcaddr} $${dstaddr} $${pkt-dstaddr}"
}
