# Everything leaves through another account: a transit gateway is the way out, and only endpoints stand here.
resource "aws_vpc" "spoke" {
  cidr_block = "10.77.0.0/20"
}

resource "aws_subnet" "app" {
  for_each          = { a = "10.77.0.0/23", b = "10.77.2.0/23" }
  vpc_id            = aws_vpc.spoke.id
  cidr_block        = each.value
  availability_zone = "eu-central-1${each.key}"
}

resource "aws_route_table" "app" {
  vpc_id = aws_vpc.spoke.id
}

resource "aws_route" "out" {
  route_table_id         = aws_route_table.app.id
  destination_cidr_block = "0.0.0.0/0"
  transit_gateway_id     = "tgw-0a1b2c3d4e5f60718"
}

resource "aws_route_table_association" "app" {
  for_each       = aws_subnet.app
  subnet_id      = each.value.id
  route_table_id = aws_route_table.app.id
}

resource "aws_security_group" "endpoints" {
  name   = "endpoints"
  vpc_id = aws_vpc.spoke.id

  ingress {
    description = "TLS from the VPC"
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = [aws_vpc.spoke.cidr_block]
  }
}

resource "aws_vpc_endpoint" "interface" {
  for_each            = toset(["secretsmanager", "sqs", "kms"])
  vpc_id              = aws_vpc.spoke.id
  service_name        = "com.amazonaws.eu-central-1.${each.value}"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = [for one in aws_subnet.app : one.id]
  security_group_ids  = [aws_security_group.endpoints.id]
}

resource "aws_security_group" "function" {
  name   = "function"
  vpc_id = aws_vpc.spoke.id

  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_lambda_function" "settle" {
  function_name = "settle"
  role          = "arn:aws:iam::123456789012:role/settle"
  runtime       = "python3.13"
  handler       = "settle.handler"
  filename      = "settle.zip"

  vpc_config {
    subnet_ids         = [for one in aws_subnet.app : one.id]
    security_group_ids = [aws_security_group.function.id]
  }
}
