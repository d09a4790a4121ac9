# A copy of the bucket in another region, kept by S3 itself. What is deleted in the vault stays in the copy.

locals {
  replica     = var.replica == null ? {} : { this = var.replica }
  replica_arn = var.replica == null ? null : "arn:${local.partition}:s3:::${var.replica.bucket}"
}

resource "aws_kms_key" "replica" {
  for_each = local.replica

  # checkov:skip=CKV2_AWS_64: AWS gives a key the policy that the account decides by IAM; nobody else uses this one.
  region                  = each.value.region
  description             = "${var.name}: the copy of the vault"
  enable_key_rotation     = true
  deletion_window_in_days = 30
}

resource "aws_s3_bucket" "replica" {
  for_each = local.replica

  # checkov:skip=CKV_AWS_18: As for the vault's bucket.
  # checkov:skip=CKV2_AWS_62: As for the vault's bucket.
  region        = each.value.region
  bucket        = each.value.bucket
  force_destroy = var.force_destroy
  # What is locked can only be copied to where it is locked, too.
  object_lock_enabled = var.object_lock != null
}

resource "aws_s3_bucket_public_access_block" "replica" {
  for_each = local.replica

  region                  = each.value.region
  bucket                  = aws_s3_bucket.replica[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "replica" {
  for_each = local.replica

  region = each.value.region
  bucket = aws_s3_bucket.replica[each.key].id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "replica" {
  for_each = local.replica

  region = each.value.region
  bucket = aws_s3_bucket.replica[each.key].id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "replica" {
  for_each = local.replica

  region = each.value.region
  bucket = aws_s3_bucket.replica[each.key].id
  rule {
    bucket_key_enabled = true
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.replica[each.key].arn
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "replica" {
  for_each = local.replica

  region = each.value.region
  bucket = aws_s3_bucket.replica[each.key].id

  rule {
    id     = "abort-uploads"
    status = "Enabled"
    filter {}
    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  rule {
    id     = "expire-noncurrent-versions"
    status = "Enabled"
    filter {}
    noncurrent_version_expiration {
      noncurrent_days = var.noncurrent_days
    }
  }

  depends_on = [aws_s3_bucket_versioning.replica]
}

data "aws_iam_policy_document" "replica_bucket" {
  for_each = local.replica

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [local.replica_arn, "${local.replica_arn}/*"]
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
}

resource "aws_s3_bucket_policy" "replica" {
  for_each = local.replica

  region = each.value.region
  bucket = aws_s3_bucket.replica[each.key].id
  policy = data.aws_iam_policy_document.replica_bucket[each.key].json

  depends_on = [aws_s3_bucket_public_access_block.replica]
}

data "aws_iam_policy_document" "replication" {
  for_each = local.replica

  statement {
    actions   = ["s3:GetReplicationConfiguration", "s3:ListBucket"]
    resources = [local.bucket_arn]
  }

  statement {
    actions = concat(
      ["s3:GetObjectVersionAcl", "s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging"],
      var.object_lock == null ? [] : ["s3:GetObjectLegalHold", "s3:GetObjectRetention"],
    )
    resources = ["${local.bucket_arn}/*"]
  }

  statement {
    actions   = ["s3:ReplicateObject", "s3:ReplicateTags"]
    resources = ["${local.replica_arn}/*"]
  }

  statement {
    actions   = ["kms:Decrypt"]
    resources = [local.key_arn]
  }

  statement {
    actions   = ["kms:Encrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.replica[each.key].arn]
  }
}

resource "aws_iam_role" "replication" {
  for_each = local.replica

  name               = "${var.name}-replication"
  description        = "S3 copies the vault to ${each.value.region}"
  assume_role_policy = data.aws_iam_policy_document.trust["s3.amazonaws.com"].json
}

resource "aws_iam_role_policy" "replication" {
  for_each = local.replica

  name   = "replicate"
  role   = aws_iam_role.replication[each.key].id
  policy = data.aws_iam_policy_document.replication[each.key].json
}

resource "aws_s3_bucket_replication_configuration" "vault" {
  for_each = local.replica

  bucket = aws_s3_bucket.vault[0].id
  role   = aws_iam_role.replication[each.key].arn

  rule {
    id     = "vault"
    status = "Enabled"
    filter {
      prefix = "${var.prefix}/"
    }
    # What somebody deletes here is not deleted there.
    delete_marker_replication {
      status = "Disabled"
    }
    source_selection_criteria {
      sse_kms_encrypted_objects {
        status = "Enabled"
      }
    }
    destination {
      bucket        = aws_s3_bucket.replica[each.key].arn
      storage_class = "STANDARD_IA"
      encryption_configuration {
        replica_kms_key_id = aws_kms_key.replica[each.key].arn
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.vault, aws_s3_bucket_versioning.replica]
}
