# A path to take over, with what taking over stumbles on: an engine that RDS does not make any more,
# and something that no kind stands for.
module "path" {
  source         = "./path"
  name           = "path"
  password       = var.password
  engine_version = "8.0.36"
}

resource "aws_sqs_queue" "jobs" {
  name = "jobs"
}
