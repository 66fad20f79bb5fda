resource "aws_security_group" "lambda" {
  name_prefix = "${var.project}-lambda-"
  vpc_id      = aws_vpc.this.id

  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }

  lifecycle {
    create_before_destroy = true
  }
  tags = { Name = "shop-lambda" }
}

resource "aws_lambda_function" "checkout" {
  function_name = "${var.project}-checkout"
  role          = "arn:aws:iam::123456789012:role/checkout"
  handler       = "index.handler"
  runtime       = "nodejs22.x"
  filename      = "${path.module}/checkout.zip"
  timeout       = 29

  vpc_config {
    subnet_ids         = aws_subnet.private[*].id
    security_group_ids = [aws_security_group.lambda.id]
  }

  environment {
    variables = {
      CACHE = "cache.example.com"
    }
  }
}
