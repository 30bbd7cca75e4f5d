# The forty objects of kill.py for Terraform. PORT and NETS are filled in by the script.
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region                  = "ap-northeast-1"
  skip_metadata_api_check = true
  endpoints {
    ec2            = "http://127.0.0.1:PORT"
    iam            = "http://127.0.0.1:PORT"
    secretsmanager = "http://127.0.0.1:PORT"
    sts            = "http://127.0.0.1:PORT"
  }
}

locals {
  nets = toset([for i in range(NETS) : tostring(i)])
}

resource "aws_vpc" "n" {
  for_each   = local.nets
  cidr_block = "10.${each.key}.0.0/16"
}

resource "aws_subnet" "n" {
  for_each   = local.nets
  vpc_id     = aws_vpc.n[each.key].id
  cidr_block = "10.${each.key}.0.0/24"
}

resource "aws_security_group" "n" {
  for_each = local.nets
  vpc_id   = aws_vpc.n[each.key].id
  name     = "kill-${each.key}"
  ingress {
    protocol    = "tcp"
    from_port   = 443
    to_port     = 443
    cidr_blocks = ["10.0.0.0/8"]
  }
}

resource "aws_secretsmanager_secret" "n" {
  for_each = local.nets
  name     = "kill-${each.key}"
}
