# What may be done with the vault: by whom it is written, read, restored and pruned. And who may take which role.

locals {
  services = toset([
    "ec2.amazonaws.com", "ecs-tasks.amazonaws.com", "lambda.amazonaws.com", "s3.amazonaws.com", "scheduler.amazonaws.com", "states.amazonaws.com",
  ])

  vault_objects = "${local.bucket_arn}/${var.prefix}/*"
  # Dated zip files may lie outside the vault.
  written_objects = concat(
    local.on_s3 ? [local.vault_objects] : [],
    var.archive_prefix == null ? [] : ["${local.bucket_arn}/${var.archive_prefix}/*"],
  )
}

data "aws_iam_policy_document" "trust" {
  for_each = local.services

  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = [each.value]
    }
    # Only of these services AWS says that they tell whom they act for.
    dynamic "condition" {
      for_each = contains(["ecs-tasks.amazonaws.com", "scheduler.amazonaws.com", "states.amazonaws.com"], each.value) ? [local.account] : []
      content {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [condition.value]
      }
    }
  }
}

# ListBucket is on the whole bucket: without it S3 says "forbidden" and not "not found" for a key that is not there, and
# a condition on s3:prefix would have the same effect, because only listings have a prefix. So the bucket is the vault's alone.
data "aws_iam_policy_document" "vault_writer" {
  statement {
    sid       = "List"
    actions   = ["s3:ListBucket"]
    resources = [local.bucket_arn]
  }

  # No right to delete: a backup never does.
  statement {
    sid       = "Write"
    actions   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
    resources = concat(local.written_objects, ["${local.bucket_arn}/${local.work_prefix}/*"])
  }

  statement {
    sid       = "Encrypt"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [local.key_arn]
  }
}

data "aws_iam_policy_document" "vault_reader" {
  statement {
    sid       = "List"
    actions   = ["s3:ListBucket"]
    resources = [local.bucket_arn]
  }

  statement {
    sid       = "Read"
    actions   = ["s3:GetObject"]
    resources = ["${local.bucket_arn}/${var.prefix}/*"]
  }

  statement {
    sid       = "Decrypt"
    actions   = ["kms:Decrypt"]
    resources = [local.key_arn]
  }
}

# What somebody overwrote or deleted can be brought back from its noncurrent version.
data "aws_iam_policy_document" "vault_restorer" {
  source_policy_documents = [data.aws_iam_policy_document.vault_writer.json]

  statement {
    sid       = "ListVersions"
    actions   = ["s3:ListBucketVersions"]
    resources = [local.bucket_arn]
  }

  statement {
    sid       = "ReadVersions"
    actions   = ["s3:GetObjectVersion"]
    resources = ["${local.bucket_arn}/${var.prefix}/*"]
  }
}

# For `gitark compact` and `gitark backup --refetch`. It makes delete markers; versions stay.
data "aws_iam_policy_document" "vault_pruner" {
  source_policy_documents = [data.aws_iam_policy_document.vault_writer.json]

  statement {
    sid       = "Delete"
    actions   = ["s3:DeleteObject"]
    resources = ["${local.bucket_arn}/${var.prefix}/*"]
  }
}

locals {
  vault_policies = {
    writer   = { description = "Back up into the vault; no right to delete", json = data.aws_iam_policy_document.vault_writer.json }
    reader   = { description = "Read the vault: list, restore, verify", json = data.aws_iam_policy_document.vault_reader.json }
    restorer = { description = "Bring back what was overwritten or deleted in the vault", json = data.aws_iam_policy_document.vault_restorer.json }
    pruner   = { description = "Join packs of the vault and delete what they replace", json = data.aws_iam_policy_document.vault_pruner.json }
  }
}

resource "aws_iam_policy" "vault" {
  for_each = local.vault_policies

  name        = "${var.name}-${each.key}"
  description = each.value.description
  policy      = each.value.json
}

data "aws_iam_policy_document" "people" {
  count = length(var.trusted_principal_arns) > 0 ? 1 : 0

  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = var.trusted_principal_arns
    }
  }
}

resource "aws_iam_role" "people" {
  for_each = length(var.trusted_principal_arns) > 0 ? toset(["reader", "restorer", "pruner"]) : toset([])

  name               = "${var.name}-${each.key}"
  description        = local.vault_policies[each.key].description
  assume_role_policy = data.aws_iam_policy_document.people[0].json
}

resource "aws_iam_role_policy_attachment" "people" {
  for_each = aws_iam_role.people

  role       = each.value.name
  policy_arn = aws_iam_policy.vault[each.key].arn
}
