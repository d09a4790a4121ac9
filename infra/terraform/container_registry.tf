# A registry for the image, when it is not taken from elsewhere.

locals {
  own_registry = local.fleet && var.image == null
  image        = local.own_registry ? "${aws_ecr_repository.this[0].repository_url}:${var.image_tag}" : coalesce(var.image, "none")
}

resource "aws_ecr_repository" "this" {
  count = local.own_registry ? 1 : 0

  # checkov:skip=CKV_AWS_51: `latest` is pushed again with each release; a deployment that wants to stay sets image_tag.
  name         = var.name
  force_delete = var.force_destroy

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = local.key_arn
  }
}

resource "aws_ecr_lifecycle_policy" "this" {
  count = local.own_registry ? 1 : 0

  repository = aws_ecr_repository.this[0].name
  policy = jsonencode({
    rules = [
      {
        rulePriority = 1
        description  = "Images without a tag go after a week"
        selection    = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = 7 }
        action       = { type = "expire" }
      },
      {
        rulePriority = 2
        description  = "Ten images stay"
        selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 10 }
        action       = { type = "expire" }
      },
    ]
  })
}
