# A path to a database: network, groups, role, secret, database, proxy.
variable "name" { type = string }
variable "password" {
  type      = string
  sensitive = true
}
variable "engine_version" {
  type    = string
  default = "8.0"
}
variable "key_arn" {
  type    = string
  default = null
}
variable "parameter_group" {
  type    = string
  default = null
}

output "vpc" { value = aws_vpc.main.id }
output "subnets" { value = { for zone, subnet in aws_subnet.db : zone => subnet.id } }
output "groups" { value = { for name, group in aws_security_group.path : name => group.id } }
output "proxy" { value = aws_db_proxy.main }
output "database" { value = aws_db_instance.main.identifier }

resource "aws_vpc" "main" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_hostnames = true
}

resource "aws_subnet" "db" {
  for_each          = { a = "10.0.1.0/24", c = "10.0.2.0/24" }
  vpc_id            = aws_vpc.main.id
  cidr_block        = each.value
  availability_zone = "ap-northeast-1${each.key}"
  tags              = { Name = "subnet-${each.key}" }
}

resource "aws_security_group" "path" {
  for_each    = toset(["app", "proxy", "db"])
  vpc_id      = aws_vpc.main.id
  name        = "${var.name} ${each.key}"
  description = "The ${each.key} of the path"
}

resource "aws_vpc_security_group_ingress_rule" "path" {
  for_each                     = { proxy = "app", db = "proxy" }
  security_group_id            = aws_security_group.path[each.key].id
  referenced_security_group_id = aws_security_group.path[each.value].id
  ip_protocol                  = "tcp"
  from_port                    = 3306
  to_port                      = 3306
}

resource "aws_vpc_security_group_egress_rule" "path" {
  for_each          = aws_security_group.path
  security_group_id = each.value.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "-1"
}

resource "aws_iam_role" "proxy" {
  name = "${var.name}-proxy"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "rds.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "proxy" {
  name = "secret"
  role = aws_iam_role.proxy.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "secretsmanager:GetSecretValue"
      Resource = aws_secretsmanager_secret.db.arn
    }]
  })
}

resource "aws_secretsmanager_secret" "db" {
  name                    = "${var.name}/db"
  kms_key_id              = var.key_arn
  recovery_window_in_days = 0
}

resource "aws_secretsmanager_secret_version" "db" {
  secret_id     = aws_secretsmanager_secret.db.id
  secret_string = jsonencode({ username = "admin", password = var.password })
}

resource "aws_db_subnet_group" "main" {
  name        = var.name
  description = "Two zones for the database"
  subnet_ids  = [for subnet in aws_subnet.db : subnet.id]
}

resource "aws_db_instance" "main" {
  identifier              = var.name
  engine                  = "mysql"
  engine_version          = var.engine_version
  instance_class          = "db.t3.micro"
  allocated_storage       = 20
  storage_encrypted       = true
  kms_key_id              = var.key_arn
  parameter_group_name    = var.parameter_group
  db_name                 = "test"
  username                = "admin"
  password                = var.password
  db_subnet_group_name    = aws_db_subnet_group.main.name
  vpc_security_group_ids  = [aws_security_group.path["db"].id]
  backup_retention_period = 1
  skip_final_snapshot     = true
  apply_immediately       = true
}

resource "aws_db_proxy" "main" {
  name                   = var.name
  engine_family          = "MYSQL"
  role_arn               = aws_iam_role.proxy.arn
  vpc_subnet_ids         = [for subnet in aws_subnet.db : subnet.id]
  vpc_security_group_ids = [aws_security_group.path["proxy"].id]
  auth {
    auth_scheme = "SECRETS"
    iam_auth    = "DISABLED"
    secret_arn  = aws_secretsmanager_secret.db.arn
  }
  depends_on = [aws_iam_role_policy.proxy, aws_secretsmanager_secret_version.db]
}
