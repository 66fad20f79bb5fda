locals {
  services = {
    billing = { timeout = 30, ports = [443] }
    search  = { timeout = 5, ports = [443, 9200], layers = ["arn:aws:lambda:eu-west-1:123456789012:layer:otel:3"] }
  }
}

provider "aws" { region = "eu-west-1" }

module "network" {
  source = "../../modules/network"
  cidr   = "10.9.0.0/16"
  zones  = ["eu-west-1a", "eu-west-1b"]
}

module "service" {
  source   = "../../modules/service"
  for_each = local.services

  name    = each.key
  timeout = each.value.timeout
  layers  = lookup(each.value, "layers", [])
  ports   = each.value.ports
  network = module.network
}

resource "aws_vpc_endpoint" "secrets" {
  vpc_id              = module.network.vpc.id
  vpc_endpoint_type   = "Interface"
  service_name        = "com.amazonaws.eu-west-1.secretsmanager"
  subnet_ids          = module.network.private_subnet_ids
  security_group_ids  = [for one in module.service : one.security_group_id]
  private_dns_enabled = true
}
