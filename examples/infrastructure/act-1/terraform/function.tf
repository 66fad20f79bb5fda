# The storefront: each execution environment opens ten connections to the cache and keeps them.

resource "aws_security_group" "app" {
  name        = "app"
  description = "Functions of the storefront"
  vpc_id      = aws_vpc.main.id

  egress {
    description = "Everything out"
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }

  tags = {
    Name = "sg-app"
  }
}

resource "aws_iam_role" "storefront" {
  name = "storefront"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "storefront_vpc" {
  role       = aws_iam_role.storefront.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"
}

resource "aws_lambda_function" "storefront" {
  function_name = "storefront"
  role          = aws_iam_role.storefront.arn
  runtime       = "python3.13"
  handler       = "app.handler"
  filename      = "storefront.zip"
  memory_size   = 512
  timeout       = 60

  vpc_config {
    subnet_ids         = [aws_subnet.private_a.id]
    security_group_ids = [aws_security_group.app.id]
  }
}
