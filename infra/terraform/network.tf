# Where containers run: public subnets with public addresses, and no way in. A NAT gateway would cost some $33 a month.

locals {
  make_network       = local.fleet && var.network == null
  zones              = local.make_network ? slice(data.aws_availability_zones.available[0].names, 0, 2) : []
  vpc_id             = local.make_network ? aws_vpc.this[0].id : try(var.network.vpc_id, null)
  public_subnet_ids  = local.make_network ? [for subnet in aws_subnet.public : subnet.id] : try(var.network.public_subnet_ids, [])
  private_subnet_ids = local.make_network ? [for subnet in aws_subnet.private : subnet.id] : try(length(var.network.private_subnet_ids) > 0 ? var.network.private_subnet_ids : var.network.public_subnet_ids, [])
}

data "aws_availability_zones" "available" {
  count = local.make_network ? 1 : 0

  # checkov:skip=CKV_AWS_394: The first two by name are taken; a new zone comes after them.
  state = "available"
  # No local zones: Fargate and EFS are not in all of them.
  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

resource "aws_vpc" "this" {
  count = local.make_network ? 1 : 0

  # checkov:skip=CKV2_AWS_11: Flow logs of containers that only speak to GitHub and AWS would cost more than they tell.
  cidr_block           = var.vpc_cidr
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = { Name = var.name }
}

# Whatever is put into the VPC without a group of its own is closed.
resource "aws_default_security_group" "this" {
  count = local.make_network ? 1 : 0

  vpc_id = aws_vpc.this[0].id
}

resource "aws_internet_gateway" "this" {
  count = local.make_network ? 1 : 0

  vpc_id = aws_vpc.this[0].id
  tags   = { Name = var.name }
}

resource "aws_subnet" "public" {
  count = length(local.zones)

  vpc_id            = aws_vpc.this[0].id
  availability_zone = local.zones[count.index]
  cidr_block        = cidrsubnet(var.vpc_cidr, 4, count.index)
  # Tasks and the inspection instance ask for a public address themselves.
  map_public_ip_on_launch = false
  tags                    = { Name = "${var.name} public ${count.index + 1}" }
}

resource "aws_subnet" "private" {
  count = length(local.zones)

  vpc_id            = aws_vpc.this[0].id
  availability_zone = local.zones[count.index]
  cidr_block        = cidrsubnet(var.vpc_cidr, 4, count.index + 8)
  tags              = { Name = "${var.name} private ${count.index + 1}" }
}

resource "aws_route_table" "public" {
  count = local.make_network ? 1 : 0

  vpc_id = aws_vpc.this[0].id
  tags   = { Name = "${var.name} public" }
}

resource "aws_route" "internet" {
  count = local.make_network ? 1 : 0

  route_table_id         = aws_route_table.public[0].id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this[0].id
}

resource "aws_route_table_association" "public" {
  count = length(local.zones)

  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = aws_route_table.public[0].id
}

resource "aws_route_table" "private" {
  count = local.make_network ? 1 : 0

  vpc_id = aws_vpc.this[0].id
  tags   = { Name = "${var.name} private" }
}

resource "aws_route_table_association" "private" {
  count = length(local.zones)

  subnet_id      = aws_subnet.private[count.index].id
  route_table_id = aws_route_table.private[0].id
}

# Packs go to S3 within AWS, which costs nothing.
resource "aws_vpc_endpoint" "s3" {
  count = local.make_network ? 1 : 0

  vpc_id            = aws_vpc.this[0].id
  service_name      = "com.amazonaws.${local.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [aws_route_table.public[0].id, aws_route_table.private[0].id]
  tags              = { Name = "${var.name} S3" }
}

resource "aws_security_group" "task" {
  count = local.fleet ? 1 : 0

  # checkov:skip=CKV2_AWS_5: Tasks of Fargate are in it; the state machine names it when it starts one.
  name        = "${var.name}-task"
  description = "Containers of ${var.name}: out to GitHub and AWS, nothing in"
  vpc_id      = local.vpc_id
}

resource "aws_vpc_security_group_egress_rule" "task_https" {
  count = local.fleet ? 1 : 0

  security_group_id = aws_security_group.task[0].id
  description       = "GitHub, AWS, Slack"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
}
