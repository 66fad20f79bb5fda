# A root that calls a network module as most people's do: lists of CIDR blocks, switches for NAT gateways.
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.11"
    }
  }
}

provider "aws" {
  region = local.region
}

data "aws_availability_zones" "available" {}

locals {
  name   = "shop-${lower("EU")}"
  region = "eu-west-1"

  vpc_cidr = "10.20.0.0/16"
  azs      = slice(data.aws_availability_zones.available.names, 0, 3)
}

module "network" {
  source = "./modules/network"

  name = local.name
  cidr = local.vpc_cidr

  azs             = local.azs
  private_subnets = [for k, v in local.azs : cidrsubnet(local.vpc_cidr, 4, k)]
  public_subnets  = [for k, v in local.azs : cidrsubnet(local.vpc_cidr, 8, k + 48)]
  intra_subnets   = []

  enable_nat_gateway     = true
  single_nat_gateway     = false
  one_nat_gateway_per_az = true

  private_subnet_tags = { "kubernetes.io/role/internal-elb" = 1 }
}

resource "aws_security_group" "orders" {
  name_prefix = "${local.name}-orders-"
  description = "Orders"
  vpc_id      = module.network.vpc_id

  egress {
    from_port        = 0
    to_port          = 0
    protocol         = "-1"
    cidr_blocks      = ["0.0.0.0/0"]
    ipv6_cidr_blocks = ["::/0"]
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lambda_function" "orders" {
  function_name = "${local.name}-orders"
  role          = "arn:aws:iam::123456789012:role/orders"
  handler       = "app.handler"
  runtime       = "python3.13"
  filename      = "orders.zip"
  timeout       = 29
  memory_size   = 1024

  reserved_concurrent_executions = 400

  vpc_config {
    subnet_ids         = module.network.private_subnets
    security_group_ids = [aws_security_group.orders.id]
  }

  environment {
    variables = {
      STRIPE_KEY = "sk_live_do_not_print"
      LOG_LEVEL  = "info"
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "ports" {
  count = length(module.network.natgw_ids)

  alarm_name          = format("%s-nat-%d-ports", local.name, count.index)
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = "1"
  metric_name         = "ErrorPortAllocation"
  namespace           = "AWS/NATGateway"
  period              = "60"
  statistic           = "Sum"
  threshold           = "0"

  dimensions = {
    NatGatewayId = module.network.natgw_ids[count.index]
  }
}
