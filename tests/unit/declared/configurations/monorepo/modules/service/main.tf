variable "name" { type = string }
variable "timeout" { type = number }
variable "layers" { type = list(string) }
variable "ports" { type = set(number) }
variable "network" {
  type = object({
    vpc                = object({ id = string, cidr = string })
    private_subnet_ids = list(string)
  })
}

resource "aws_security_group" "this" {
  name        = "${var.name}-fn"
  description = "Managed by Terraform"
  vpc_id      = var.network.vpc.id
}

module "rules" {
  source = "../rules"
  group  = aws_security_group.this.id
  ports  = var.ports
}

resource "aws_lambda_function" "this" {
  function_name = var.name
  role          = "arn:aws:iam::123456789012:role/${var.name}"
  runtime       = "nodejs22.x"
  handler       = "index.handler"
  s3_bucket     = "code"
  s3_key        = "${var.name}.zip"
  timeout       = var.timeout
  layers        = var.layers

  vpc_config {
    subnet_ids         = var.network.private_subnet_ids
    security_group_ids = [aws_security_group.this.id]
  }
}

output "security_group_id" {
  value = aws_security_group.this.id
}
