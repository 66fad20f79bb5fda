# Root module: functions only; the network is a module of ours.
module "network" {
  source = "./network"
  name   = "ledger"
}

resource "aws_security_group" "fn" {
  name   = "ledger-fn"
  vpc_id = module.network.vpc_id
}

resource "aws_lambda_function" "ledger" {
  function_name = "ledger"
  role          = "arn:aws:iam::123456789012:role/ledger"
  runtime       = "python3.13"
  handler       = "ledger.main"
  filename      = "ledger.zip"
  vpc_config {
    security_group_ids = [aws_security_group.fn.id]
    subnet_ids         = module.network.private_subnet_ids # both zones
  }
}
