variable "name" {
  type = string
}

resource "aws_vpc" "vpc" {
  cidr_block = "172.31.0.0/16"
}

resource "aws_subnet" "dmz" {
  vpc_id     = aws_vpc.vpc.id
  cidr_block = "172.31.0.0/24"
}

resource "aws_eip" "egress" {
  domain = "vpc"
}

resource "aws_nat_gateway" "egress" {
  allocation_id = aws_eip.egress.id
  subnet_id     = aws_subnet.dmz.id
  tags          = { "Name" = "${var.name}-egress" }
}

resource "aws_subnet" "app_1" {
  vpc_id            = aws_vpc.vpc.id
  cidr_block        = "172.31.16.0/20"
  availability_zone = "us-east-1a"
  tags              = { "Name" = "${var.name}-app-1" }
}

resource "aws_subnet" "app_2" {
  vpc_id            = aws_vpc.vpc.id
  cidr_block        = "172.31.32.0/20"
  availability_zone = "us-east-1b"
  tags              = { "Name" = "${var.name}-app-2" }
}

resource "aws_route_table" "app" {
  vpc_id = aws_vpc.vpc.id
  route {
    cidr_block     = "0.0.0.0/0"
    nat_gateway_id = aws_nat_gateway.egress.id
  }
}

resource "aws_route_table_association" "app_1" {
  subnet_id      = aws_subnet.app_1.id
  route_table_id = aws_route_table.app.id
}

resource "aws_route_table_association" "app_2" {
  subnet_id      = aws_subnet.app_2.id
  route_table_id = aws_route_table.app.id
}

output "vpc_id" {
  value = aws_vpc.vpc.id
}

output "private_subnet_ids" {
  value = [aws_subnet.app_1.id, aws_subnet.app_2.id]
}
