# What the other files share: where they are, and what the mode means.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.region

  single = var.mode == "single"
  fleet  = var.mode == "fleet"

  on_s3  = var.vault != "efs"
  on_efs = var.vault != "s3"
  # A function outside a VPC does not reach EFS, and one inside would need a NAT gateway to reach GitHub.
  handlers_in_tasks = var.vault == "efs"
  sync_in_function  = var.vault == "s3"

  s3_vault  = "s3://${var.bucket}/${var.prefix}"
  efs_vault = "/mnt/efs/vault"
  # What functions write to; tasks may write to several.
  vaults = concat(local.on_s3 ? [local.s3_vault] : [], local.on_efs ? [local.efs_vault] : [])

  # Beside the vault, never in it: lists of what a distributed run does, and what state machines hand on.
  work_prefix = "state-machines"

  main_machine = local.single ? "BackupLoop" : "BatchWorker"
}
