# The example's database access path, as Terraform's AWS provider asks for it.
variable "package" { type = string }

module "path" {
  source          = "./path"
  name            = "path"
  password        = var.password
  key_arn         = aws_kms_key.main.arn
  parameter_group = aws_db_parameter_group.main.name
}

resource "aws_subnet" "public" {
  vpc_id            = module.path.vpc
  cidr_block        = "10.0.0.0/24"
  availability_zone = "ap-northeast-1a"
}

resource "aws_internet_gateway" "main" {
  vpc_id = module.path.vpc
}

resource "aws_eip" "nat" {
  domain     = "vpc"
  depends_on = [aws_internet_gateway.main]
}

resource "aws_nat_gateway" "main" {
  allocation_id = aws_eip.nat.id
  subnet_id     = aws_subnet.public.id
  depends_on    = [aws_internet_gateway.main]
}

resource "aws_route_table" "public" {
  vpc_id = module.path.vpc
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.main.id
  }
}

resource "aws_route_table" "private" {
  vpc_id = module.path.vpc
}

resource "aws_route" "out" {
  route_table_id         = aws_route_table.private.id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.main.id
}

resource "aws_route_table_association" "public" {
  subnet_id      = aws_subnet.public.id
  route_table_id = aws_route_table.public.id
}

resource "aws_route_table_association" "private" {
  for_each       = module.path.subnets
  subnet_id      = each.value
  route_table_id = aws_route_table.private.id
}

resource "aws_network_acl" "db" {
  vpc_id     = module.path.vpc
  subnet_ids = values(module.path.subnets)
  ingress {
    rule_no    = 100
    action     = "allow"
    protocol   = "tcp"
    from_port  = 3306
    to_port    = 3306
    cidr_block = "10.0.0.0/16"
  }
  egress {
    rule_no    = 100
    action     = "allow"
    protocol   = "-1"
    from_port  = 0
    to_port    = 0
    cidr_block = "0.0.0.0/0"
  }
}

resource "aws_iam_role" "function" {
  name = "path-function"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "function" {
  name = "network"
  role = aws_iam_role.function.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Action = [
        "ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface"
      ]
      Resource = "*"
    }]
  })
}

data "aws_caller_identity" "me" {}

resource "aws_kms_key" "main" {
  description             = "Of the path"
  deletion_window_in_days = 7
  enable_key_rotation     = true
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Effect    = "Allow"
        Principal = { Service = "logs.ap-northeast-1.amazonaws.com" }
        Action    = ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]
        Resource  = "*"
      },
    ]
  })
}

resource "aws_kms_alias" "main" {
  name          = "alias/path"
  target_key_id = aws_kms_key.main.key_id
}

resource "aws_cloudwatch_log_group" "reader" {
  name              = "/aws/lambda/path-reader"
  retention_in_days = 14
  kms_key_id        = aws_kms_key.main.arn
}

resource "aws_db_parameter_group" "main" {
  name        = "path"
  family      = "mysql8.0"
  description = "Of the path"
  parameter {
    name  = "slow_query_log"
    value = "1"
  }
  parameter {
    name         = "performance_schema"
    value        = "1"
    apply_method = "pending-reboot"
  }
}

resource "aws_db_proxy_endpoint" "other" {
  db_proxy_name          = module.path.proxy.name
  db_proxy_endpoint_name = "path-other"
  vpc_subnet_ids         = values(module.path.subnets)
  vpc_security_group_ids = [module.path.groups["proxy"]]
}

resource "aws_db_proxy_default_target_group" "main" {
  db_proxy_name = module.path.proxy.name
  connection_pool_config {
    max_connections_percent = 90
  }
}

resource "aws_db_proxy_target" "main" {
  db_proxy_name          = module.path.proxy.name
  target_group_name      = aws_db_proxy_default_target_group.main.name
  db_instance_identifier = module.path.database
}

resource "aws_lambda_function" "reader" {
  function_name    = "path-reader"
  role             = aws_iam_role.function.arn
  runtime          = "python3.12"
  handler          = "reader.handler"
  filename         = var.package
  source_code_hash = filebase64sha256(var.package)
  timeout          = 30
  memory_size      = 256
  environment {
    variables = { DB_ENDPOINT = module.path.proxy.endpoint }
  }
  vpc_config {
    subnet_ids         = values(module.path.subnets)
    security_group_ids = [module.path.groups["app"]]
  }
  depends_on = [aws_iam_role_policy.function]
}

# The bastion: a policy, a profile, an instance.

resource "aws_iam_policy" "sessions" {
  name        = "path-sessions"
  description = "Session Manager"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = var.team == "analysts" ? ["ssmmessages:*"] : ["ssmmessages:OpenDataChannel"]
      Resource = "*"
    }]
  })
}

resource "aws_iam_role" "bastion" {
  name = "path-bastion"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ec2.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy_attachment" "bastion" {
  role       = aws_iam_role.bastion.name
  policy_arn = aws_iam_policy.sessions.arn
}

resource "aws_iam_instance_profile" "bastion" {
  name = "path-bastion"
  role = aws_iam_role.bastion.name
}

data "aws_ami" "newest" {
  most_recent = true
  owners      = ["amazon"]
  filter {
    name   = "name"
    values = ["al2023-ami-2023*-x86_64"]
  }
}

resource "aws_instance" "bastion" {
  ami                     = data.aws_ami.newest.id
  instance_type           = var.team == "analysts" ? "t3.small" : "t3.micro"
  subnet_id               = module.path.subnets["a"]
  vpc_security_group_ids  = [module.path.groups["app"]]
  iam_instance_profile    = aws_iam_instance_profile.bastion.name
  user_data               = "echo hello"
  monitoring              = var.team == "analysts"
  disable_api_termination = false
  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }
  root_block_device {
    volume_type = "gp3"
    volume_size = 12
    encrypted   = true
  }
}
