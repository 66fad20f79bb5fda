# The network is a module's; the function takes what it gives.
module "network" {
  source = "./modules/network"
  name   = "shop"
  cidr   = "10.40.0.0/16"
}

resource "aws_security_group" "cart" {
  name   = "cart"
  vpc_id = module.network.vpc_id

  egress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

# Other rules, so a group of its own: it alone may speak to the database.
resource "aws_security_group" "reports" {
  name   = "reports"
  vpc_id = module.network.vpc_id

  egress {
    from_port   = 5432
    to_port     = 5432
    protocol    = "tcp"
    cidr_blocks = ["10.40.0.0/16"]
  }
}

resource "aws_lambda_function" "cart" {
  function_name                  = "cart"
  role                           = "arn:aws:iam::123456789012:role/cart"
  runtime                        = "python3.13"
  handler                        = "cart.handler"
  filename                       = "cart.zip"
  reserved_concurrent_executions = 200

  vpc_config {
    subnet_ids         = module.network.private_subnet_ids
    security_group_ids = [aws_security_group.cart.id]
  }
}

resource "aws_lambda_function" "reports" {
  function_name = "reports"
  role          = "arn:aws:iam::123456789012:role/reports"
  runtime       = "python3.13"
  handler       = "reports.handler"
  filename      = "reports.zip"

  vpc_config {
    subnet_ids         = module.network.private_subnet_ids
    security_group_ids = [aws_security_group.reports.id]
  }
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "cart-errors"
  namespace           = "AWS/Lambda"
  metric_name         = "Errors"
  dimensions          = { FunctionName = aws_lambda_function.cart.function_name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 2
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 5
}
