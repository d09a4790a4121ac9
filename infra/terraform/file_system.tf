# A vault on EFS, at /mnt/efs.

locals {
  # Who owns the vault: the user of the container, and a group whose members may look.
  vault_user  = 65532
  vault_group = 65532
}

resource "aws_efs_file_system" "vault" {
  count = local.on_efs ? 1 : 0

  encrypted        = true
  kms_key_id       = local.key_arn
  throughput_mode  = "elastic"
  performance_mode = "generalPurpose"
  tags             = { Name = var.name }

  lifecycle_policy {
    transition_to_ia = "AFTER_30_DAYS"
  }
  lifecycle_policy {
    transition_to_primary_storage_class = "AFTER_1_ACCESS"
  }
}

resource "aws_efs_backup_policy" "vault" {
  count = local.on_efs ? 1 : 0

  file_system_id = aws_efs_file_system.vault[0].id
  backup_policy {
    status = "ENABLED"
  }
}

data "aws_iam_policy_document" "file_system" {
  count = local.on_efs ? 1 : 0

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["*"]
    resources = [aws_efs_file_system.vault[0].arn]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  # With a policy, who is not named here needs rights of their own.
  statement {
    sid       = "Roles"
    actions   = ["elasticfilesystem:ClientMount"]
    resources = [aws_efs_file_system.vault[0].arn]
    principals {
      type        = "AWS"
      identifiers = concat([aws_iam_role.task[0].arn], [for role in aws_iam_role.inspection : role.arn])
    }
    condition {
      test     = "Bool"
      variable = "elasticfilesystem:AccessedViaMountTarget"
      values   = ["true"]
    }
  }
}

resource "aws_efs_file_system_policy" "vault" {
  count = local.on_efs ? 1 : 0

  file_system_id = aws_efs_file_system.vault[0].id
  policy         = data.aws_iam_policy_document.file_system[0].json
}

resource "aws_efs_access_point" "vault" {
  count = local.on_efs ? 1 : 0

  file_system_id = aws_efs_file_system.vault[0].id
  tags           = { Name = "${var.name} vault" }

  posix_user {
    uid = local.vault_user
    gid = local.vault_group
  }

  root_directory {
    path = "/${var.prefix}"
    creation_info {
      owner_uid   = local.vault_user
      owner_gid   = local.vault_group
      permissions = "0750"
    }
  }
}

# Another user of the same group: it reads and cannot write.
resource "aws_efs_access_point" "inspection" {
  count = var.inspection_instance ? 1 : 0

  file_system_id = aws_efs_file_system.vault[0].id
  tags           = { Name = "${var.name} inspection" }

  posix_user {
    uid = local.vault_user + 1
    gid = local.vault_group
  }

  root_directory {
    path = "/${var.prefix}"
    creation_info {
      owner_uid   = local.vault_user
      owner_gid   = local.vault_group
      permissions = "0750"
    }
  }
}

resource "aws_efs_mount_target" "vault" {
  count = local.on_efs ? length(local.private_subnet_ids) : 0

  file_system_id  = aws_efs_file_system.vault[0].id
  subnet_id       = local.private_subnet_ids[count.index]
  security_groups = [aws_security_group.file_system[0].id]
}

resource "aws_security_group" "file_system" {
  count = local.on_efs ? 1 : 0

  name        = "${var.name}-file-system"
  description = "The file system of ${var.name}: NFS from containers and the inspection instance"
  vpc_id      = local.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "file_system" {
  for_each = local.on_efs ? merge({ task = aws_security_group.task[0].id }, var.inspection_instance ? { inspection = aws_security_group.inspection[0].id } : {}) : {}

  security_group_id            = aws_security_group.file_system[0].id
  referenced_security_group_id = each.value
  description                  = "NFS from ${each.key}"
  ip_protocol                  = "tcp"
  from_port                    = 2049
  to_port                      = 2049
}

resource "aws_vpc_security_group_egress_rule" "file_system" {
  for_each = local.on_efs ? merge({ task = aws_security_group.task[0].id }, var.inspection_instance ? { inspection = aws_security_group.inspection[0].id } : {}) : {}

  security_group_id            = each.value
  referenced_security_group_id = aws_security_group.file_system[0].id
  description                  = "NFS to the file system"
  ip_protocol                  = "tcp"
  from_port                    = 2049
  to_port                      = 2049
}
