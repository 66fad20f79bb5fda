variable "zones" {
  description = "What stands in each zone"
  type = map(object({
    public  = string
    private = string
    nat     = optional(bool, true)
  }))
}

variable "peak" {
  type = number
}

variable "region" {
  type    = string
  default = "us-east-1"
}

provider "aws" {
  region = var.region
}

locals {
  nat_zones = { for zone, it in var.zones : zone => it if it.nat }

  subnets = merge(
    { for zone, it in var.zones : "public-${zone}" => { zone = zone, cidr = it.public, tier = "public" } },
    { for zone, it in var.zones : "private-${zone}" => { zone = zone, cidr = it.private, tier = "private" } },
  )

  endpoints = toset(["s3", "dynamodb"])

  rules = flatten([
    for name, ports in { db = [5432], web = [80, 443] } : [
      for port in ports : { name = name, port = port }
    ]
  ])
}

resource "aws_vpc" "main" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_hostnames = true
  enable_dns_support   = true

  tags = {
    Name = "main"
  }
}

resource "aws_subnet" "this" {
  for_each = local.subnets

  vpc_id                  = aws_vpc.main.id
  cidr_block              = each.value.cidr
  availability_zone       = "${var.region}${each.value.zone}"
  map_public_ip_on_launch = each.value.tier == "public"

  tags = {
    Name = each.key
    Tier = title(each.value.tier)
  }
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_eip" "nat" {
  for_each = local.nat_zones
  domain   = "vpc"
}

resource "aws_eip" "more" {
  for_each = local.nat_zones
  domain   = "vpc"
}

resource "aws_nat_gateway" "this" {
  for_each = local.nat_zones

  allocation_id            = aws_eip.nat[each.key].allocation_id
  secondary_allocation_ids = [aws_eip.more[each.key].allocation_id]
  subnet_id                = aws_subnet.this["public-${each.key}"].id
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.main.id

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.main.id
  }
}

resource "aws_route_table" "private" {
  for_each = var.zones
  vpc_id   = aws_vpc.main.id

  dynamic "route" {
    for_each = contains(keys(local.nat_zones), each.key) ? [aws_nat_gateway.this[each.key].id] : []
    content {
      cidr_block     = "0.0.0.0/0"
      nat_gateway_id = route.value
    }
  }
}

resource "aws_route_table_association" "this" {
  for_each = local.subnets

  subnet_id = aws_subnet.this[each.key].id
  route_table_id = (
    each.value.tier == "public" ? aws_route_table.public.id : aws_route_table.private[each.value.zone].id
  )
}

resource "aws_vpc_endpoint" "gateway" {
  for_each = local.endpoints

  vpc_id          = aws_vpc.main.id
  service_name    = "com.amazonaws.${var.region}.${each.value}"
  route_table_ids = concat([aws_route_table.public.id], [for one in aws_route_table.private : one.id])
}
