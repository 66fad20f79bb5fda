# The network is somebody else's, and looked up.
data "aws_vpc" "shared" {
  tags = { Name = "shared" }
}

data "aws_subnets" "private" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.shared.id]
  }
  tags = { Tier = "private" }
}

data "aws_nat_gateways" "shared" {
  vpc_id = data.aws_vpc.shared.id
}

variable "extra_security_groups" {
  type = list(string)
}

resource "aws_security_group" "ingest" {
  name   = "ingest"
  vpc_id = data.aws_vpc.shared.id
}

resource "aws_lambda_function" "ingest" {
  function_name = "ingest"
  role          = "arn:aws:iam::123456789012:role/ingest"
  runtime       = "java21"
  handler       = "example.Handler"
  filename      = "ingest.jar"
  timeout       = 60

  vpc_config {
    subnet_ids         = data.aws_subnets.private.ids
    security_group_ids = concat([aws_security_group.ingest.id], var.extra_security_groups)
  }
}

resource "aws_cloudwatch_metric_alarm" "ports" {
  for_each            = toset(data.aws_nat_gateways.shared.ids)
  alarm_name          = "ports-${each.value}"
  namespace           = "AWS/NATGateway"
  metric_name         = "ErrorPortAllocation"
  dimensions          = { NatGatewayId = each.value }
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
}

# What the application itself counts.
resource "aws_cloudwatch_metric_alarm" "own" {
  alarm_name          = "ingest-backlog"
  namespace           = "Shop/Ingest"
  metric_name         = "Backlog"
  statistic           = "Average"
  period              = 60
  evaluation_periods  = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = 1000
}
