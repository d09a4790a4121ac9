# The bucket of the vault.

locals {
  bucket_arn = "arn:${local.partition}:s3:::${var.bucket}"
}

resource "aws_s3_bucket" "vault" {
  count = var.create_bucket ? 1 : 0

  # checkov:skip=CKV_AWS_18: Access is told by CloudTrail's data events where an organisation wants it; access logs would be a second bucket that grows for ever.
  # checkov:skip=CKV2_AWS_62: Nothing has to hear of new objects.
  bucket              = var.bucket
  force_destroy       = var.force_destroy
  object_lock_enabled = var.object_lock != null
}

resource "aws_s3_bucket_public_access_block" "vault" {
  count = var.create_bucket ? 1 : 0

  bucket                  = aws_s3_bucket.vault[0].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "vault" {
  count = var.create_bucket ? 1 : 0

  bucket = aws_s3_bucket.vault[0].id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "vault" {
  count = var.create_bucket ? 1 : 0

  bucket = aws_s3_bucket.vault[0].id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "vault" {
  count = var.create_bucket ? 1 : 0

  bucket = aws_s3_bucket.vault[0].id
  rule {
    # One call to KMS for many objects.
    bucket_key_enabled = true
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = local.key_arn
    }
  }
}

resource "aws_s3_bucket_object_lock_configuration" "vault" {
  count = var.create_bucket && var.object_lock != null ? 1 : 0

  bucket = aws_s3_bucket.vault[0].id
  rule {
    default_retention {
      mode = var.object_lock.mode
      days = var.object_lock.days
    }
  }

  depends_on = [aws_s3_bucket_versioning.vault]
}

resource "aws_s3_bucket_lifecycle_configuration" "vault" {
  count = var.create_bucket ? 1 : 0

  bucket = aws_s3_bucket.vault[0].id

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

  rule {
    id     = "expire-work-of-state-machines"
    status = "Enabled"
    filter {
      prefix = "${local.work_prefix}/"
    }
    expiration {
      days = 30
    }
  }

  depends_on = [aws_s3_bucket_versioning.vault]
}

data "aws_iam_policy_document" "bucket" {
  count = var.create_bucket ? 1 : 0

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [local.bucket_arn, "${local.bucket_arn}/*"]
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

resource "aws_s3_bucket_policy" "vault" {
  count = var.create_bucket ? 1 : 0

  bucket = aws_s3_bucket.vault[0].id
  policy = data.aws_iam_policy_document.bucket[0].json

  depends_on = [aws_s3_bucket_public_access_block.vault]
}
