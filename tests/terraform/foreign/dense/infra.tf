terraform {
  required_providers { aws = { source = "hashicorp/aws", version = "6.14.1" } }
}
provider "aws" { region = "us-west-2" }
variable "secondary_ips" { default = 1 }
resource "aws_vpc" "v" { cidr_block = "192.168.0.0/18" }
resource "aws_subnet" "pub" {
  vpc_id     = aws_vpc.v.id
  cidr_block = "192.168.0.0/24"
}
resource "aws_eip" "e" {
  count  = 1 + var.secondary_ips
  domain = "vpc"
}
/* One gateway.
   The bank lets these addresses in. */
resource "aws_nat_gateway" "g" {
  allocation_id            = aws_eip.e[0].id
  secondary_allocation_ids = [for e in slice(aws_eip.e, 1, length(aws_eip.e)) : e.id] # see the bank's list
  subnet_id                = aws_subnet.pub.id
  tags                     = { Name = "bank-egress" }
  lifecycle { prevent_destroy = true }
}
resource "aws_subnet" "lambda" {
  vpc_id     = aws_vpc.v.id
  cidr_block = "192.168.4.0/22"
  availability_zone = "us-west-2b"
  tags       = { Name = "bank-lambda" }
}
resource "aws_network_acl" "lambda" {
  vpc_id     = aws_vpc.v.id
  subnet_ids = [aws_subnet.lambda.id]
}
resource "aws_route_table" "lambda" {
  vpc_id = aws_vpc.v.id
  dynamic "route" {
    for_each = ["0.0.0.0/0"]
    content {
      cidr_block     = route.value
      nat_gateway_id = aws_nat_gateway.g.id
    }
  }
}
resource "aws_route_table_association" "lambda" {
  subnet_id      = aws_subnet.lambda.id
  route_table_id = aws_route_table.lambda.id
}
resource "aws_security_group" "lambda" {
  vpc_id = aws_vpc.v.id
  name   = "bank-lambda"
}
resource "aws_iam_role" "r" {
  name               = "bank"
  assume_role_policy = <<-EOF
    { "Version": "2012-10-17",
      "Statement": [ { "Effect": "Allow" } ] }
  EOF
}
resource "aws_lambda_function" "pay" {
  function_name = "pay"
  role          = aws_iam_role.r.arn
  handler       = "x"
  runtime       = "java21"
  filename      = "pay.jar"
  vpc_config {
    subnet_ids         = toset([aws_subnet.lambda.id])
    security_group_ids = [
      aws_security_group.lambda.id, // mine
    ]
  }
}
