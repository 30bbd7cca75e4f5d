# Where everything here is asked for: one loopback address plays every service.
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

variable "endpoint" { type = string }
variable "password" {
  type      = string
  sensitive = true
}
variable "team" { type = string }

provider "aws" {
  region                  = "ap-northeast-1"
  skip_metadata_api_check = true
  skip_region_validation  = true
  default_tags { tags = { team = var.team } }
  endpoints {
    ec2            = var.endpoint
    iam            = var.endpoint
    kms            = var.endpoint
    lambda         = var.endpoint
    logs           = var.endpoint
    rds            = var.endpoint
    secretsmanager = var.endpoint
    sqs            = var.endpoint
    sts            = var.endpoint
  }
}
