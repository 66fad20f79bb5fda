locals {
  len_public  = max(length(var.public_subnets), 0)
  len_private = length(var.private_subnets)
  most        = max(local.len_private, local.len_public)

  nat_gateway_count = var.single_nat_gateway ? 1 : var.one_nat_gateway_per_az ? length(var.azs) : local.most
  nat_gateway_ips   = var.reuse_nat_ips ? var.external_nat_ip_ids : aws_eip.nat[*].id

  create_public = var.create_vpc && local.len_public > 0
  vpc_id        = try(aws_vpc.this[0].id, "")
}

resource "aws_vpc" "this" {
  count = var.create_vpc ? 1 : 0

  cidr_block           = var.cidr
  enable_dns_hostnames = true

  tags = merge({ "Name" = var.name }, {})
}

resource "aws_internet_gateway" "this" {
  count = local.create_public ? 1 : 0

  vpc_id = local.vpc_id
  tags   = { Name = var.name }
}

resource "aws_subnet" "public" {
  count = local.create_public && (!var.one_nat_gateway_per_az || local.len_public >= length(var.azs)) ? local.len_public : 0

  availability_zone = length(regexall("^[a-z]{2}-", element(var.azs, count.index))) > 0 ? element(var.azs, count.index) : null
  cidr_block        = element(concat(var.public_subnets, [""]), count.index)
  vpc_id            = local.vpc_id

  tags = merge(
    {
      Name = try(
        var.cidr.nothing[count.index],
        format("%s-public-%s", var.name, element(var.azs, count.index))
      )
    },
  )
}

resource "aws_route_table" "public" {
  count = local.create_public ? 1 : 0

  vpc_id = local.vpc_id
}

resource "aws_route" "public_internet_gateway" {
  count = local.create_public ? 1 : 0

  route_table_id         = aws_route_table.public[0].id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this[0].id
}

resource "aws_route_table_association" "public" {
  count = local.create_public ? local.len_public : 0

  subnet_id      = element(aws_subnet.public[*].id, count.index)
  route_table_id = aws_route_table.public[0].id
}

resource "aws_subnet" "private" {
  count = var.create_vpc && local.len_private > 0 ? local.len_private : 0

  availability_zone = element(var.azs, count.index)
  cidr_block        = var.private_subnets[count.index]
  vpc_id            = local.vpc_id

  tags = merge({ Name = "${var.name}-private-${count.index}" }, var.private_subnet_tags)
}

resource "aws_route_table" "private" {
  count = local.len_private > 0 ? local.nat_gateway_count : 0

  vpc_id = local.vpc_id
}

resource "aws_route_table_association" "private" {
  count = local.len_private

  subnet_id = element(aws_subnet.private[*].id, count.index)
  route_table_id = element(
    aws_route_table.private[*].id,
    var.single_nat_gateway ? 0 : count.index,
  )
}

resource "aws_subnet" "intra" {
  count = length(var.intra_subnets)

  cidr_block = var.intra_subnets[count.index]
  vpc_id     = local.vpc_id
}

resource "aws_eip" "nat" {
  count = var.enable_nat_gateway && !var.reuse_nat_ips ? local.nat_gateway_count : 0

  domain = "vpc"
  tags   = { Name = format("${var.name}-%s", element(var.azs, var.single_nat_gateway ? 0 : count.index)) }

  depends_on = [aws_internet_gateway.this]
}

resource "aws_nat_gateway" "this" {
  count = var.enable_nat_gateway ? local.nat_gateway_count : 0

  allocation_id = element(local.nat_gateway_ips, var.single_nat_gateway ? 0 : count.index)
  subnet_id     = element(aws_subnet.public[*].id, var.single_nat_gateway ? 0 : count.index)

  depends_on = [aws_internet_gateway.this]
}

resource "aws_route" "private_nat_gateway" {
  count = var.enable_nat_gateway ? local.nat_gateway_count : 0

  route_table_id         = element(aws_route_table.private[*].id, count.index)
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = element(aws_nat_gateway.this[*].id, count.index)
}

output "vpc_id" {
  value = try(aws_vpc.this[0].id, null)
}

output "private_subnets" {
  value = aws_subnet.private[*].id
}

output "natgw_ids" {
  value = aws_nat_gateway.this[*].id
}
