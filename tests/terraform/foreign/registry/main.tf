provider "aws" {
  region = local.region
}

locals {
  name   = "ex-simple"
  region = "eu-west-1"

  vpc_cidr = "10.0.0.0/16"
  azs      = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]

  tags = {
    Example = local.name
  }
}

################################################################################
# VPC Module
################################################################################

module "vpc" {
  source  = "terraform-aws-modules/vpc/aws"
  version = "~> 6.0"

  name = local.name
  cidr = local.vpc_cidr

  azs             = local.azs
  private_subnets = [for k, v in local.azs : cidrsubnet(local.vpc_cidr, 4, k)]
  public_subnets  = [for k, v in local.azs : cidrsubnet(local.vpc_cidr, 8, k + 48)]

  enable_nat_gateway = true
  single_nat_gateway = true

  tags = local.tags
}

resource "aws_security_group" "lambda" {
  name   = "${local.name}-lambda"
  vpc_id = module.vpc.vpc_id
}

resource "aws_lambda_function" "api" {
  function_name = "${local.name}-api"
  role          = "arn:aws:iam::123456789012:role/api"
  handler       = "api.handler"
  runtime       = "python3.13"
  filename      = "api.zip"

  vpc_config {
    subnet_ids         = module.vpc.private_subnets
    security_group_ids = [aws_security_group.lambda.id]
  }
}
