# A firewall between the gateways and the internet: the NAT gateway's subnet leads to it, and it to the internet.
resource "aws_vpc" "main" {
  cidr_block = "10.8.0.0/16"
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_subnet" "nat" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.8.0.0/24"
}

resource "aws_route_table" "nat" {
  vpc_id = aws_vpc.main.id
}

resource "aws_route" "nat" {
  route_table_id         = aws_route_table.nat.id
  destination_cidr_block = "0.0.0.0/0"
  vpc_endpoint_id        = "vpce-0a1b2c3d4e5f60718"
}

resource "aws_route_table_association" "nat" {
  subnet_id      = aws_subnet.nat.id
  route_table_id = aws_route_table.nat.id
}

resource "aws_nat_gateway" "main" {
  subnet_id     = aws_subnet.nat.id
  allocation_id = "eipalloc-0a1b2c3d4e5f60718"
}

# A private gateway between networks whose addresses overlap: it never leads to the internet.
resource "aws_nat_gateway" "overlap" {
  subnet_id         = aws_subnet.nat.id
  connectivity_type = "private"
}
