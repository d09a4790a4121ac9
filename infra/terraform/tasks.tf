# The container: large repositories, and all when the vault is on EFS.

locals {
  container = "RepoSync"
}

resource "aws_cloudwatch_log_group" "task" {
  count = local.fleet ? 1 : 0

  # checkov:skip=CKV_AWS_338: 90 days are asked for; the reports of runs are in the vault, and stay.
  name              = "/ecs/${var.name}-RepoSync"
  retention_in_days = var.log_retention_days
  kms_key_id        = local.key_arn
}

resource "aws_ecs_cluster" "this" {
  count = local.fleet ? 1 : 0

  name = var.name

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_ecs_cluster_capacity_providers" "this" {
  count = local.fleet ? 1 : 0

  cluster_name       = aws_ecs_cluster.this[0].name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
}

data "aws_iam_policy_document" "task_execution" {
  count = local.fleet ? 1 : 0

  statement {
    sid       = "Log"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.task[0].arn}:*"]
  }

  dynamic "statement" {
    for_each = aws_ecr_repository.this
    content {
      sid       = "PullImage"
      actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      resources = [statement.value.arn]
    }
  }

  # A token for the registry has no resource to name.
  dynamic "statement" {
    for_each = aws_ecr_repository.this
    content {
      sid       = "LogInToRegistry"
      actions   = ["ecr:GetAuthorizationToken"]
      resources = ["*"]
    }
  }
}

resource "aws_iam_role" "task_execution" {
  count = local.fleet ? 1 : 0

  name               = "${var.name}-task-execution"
  description        = "ECS starts ${var.name}-RepoSync: image and log"
  assume_role_policy = data.aws_iam_policy_document.trust["ecs-tasks.amazonaws.com"].json
}

resource "aws_iam_role_policy" "task_execution" {
  count = local.fleet ? 1 : 0

  name   = "start"
  role   = aws_iam_role.task_execution[0].id
  policy = data.aws_iam_policy_document.task_execution[0].json
}

data "aws_iam_policy_document" "task" {
  count = local.fleet ? 1 : 0

  source_policy_documents = concat(
    [data.aws_iam_policy_document.secrets["github"].json, data.aws_iam_policy_document.vault_writer.json],
    # Who runs the handlers tells in Slack, too.
    local.handlers_in_tasks && length(local.secret_references.slack) > 0 ? [data.aws_iam_policy_document.secrets["slack"].json] : [],
  )

  dynamic "statement" {
    for_each = aws_efs_file_system.vault
    content {
      sid       = "Mount"
      actions   = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
      resources = [statement.value.arn]
      condition {
        test     = "StringEquals"
        variable = "elasticfilesystem:AccessPointArn"
        values   = [aws_efs_access_point.vault[0].arn]
      }
    }
  }
}

resource "aws_iam_role" "task" {
  count = local.fleet ? 1 : 0

  name               = "${var.name}-task"
  description        = "The container ${var.name}-RepoSync"
  assume_role_policy = data.aws_iam_policy_document.trust["ecs-tasks.amazonaws.com"].json
}

resource "aws_iam_role_policy" "task" {
  count = local.fleet ? 1 : 0

  name   = "synchronise"
  role   = aws_iam_role.task[0].id
  policy = data.aws_iam_policy_document.task[0].json
}

resource "aws_ecs_task_definition" "repo_sync" {
  count = local.fleet ? 1 : 0

  family                   = "${var.name}-RepoSync"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.task_cpu
  memory                   = var.task_memory_mb
  execution_role_arn       = aws_iam_role.task_execution[0].arn
  task_role_arn            = aws_iam_role.task[0].arn

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = upper(var.architecture)
  }

  # The state machine asks for more where the repository is large.
  ephemeral_storage {
    size_in_gib = 21
  }

  volume {
    name = "temporary"
  }

  dynamic "volume" {
    for_each = aws_efs_file_system.vault
    content {
      name = "vault"
      efs_volume_configuration {
        file_system_id     = volume.value.id
        transit_encryption = "ENABLED"
        authorization_config {
          access_point_id = aws_efs_access_point.vault[0].id
          iam             = "ENABLED"
        }
      }
    }
  }

  container_definitions = jsonencode([{
    name                   = local.container
    image                  = local.image
    essential              = true
    command                = ["--help"]
    user                   = "65532:65532"
    readonlyRootFilesystem = true
    stopTimeout            = 120
    environment = [for name, value in merge(
      local.environment,
      { GITARK_VAULT = join("\n", local.vaults) },
      local.environments.github,
      local.handlers_in_tasks ? merge(local.environments.slack, {
        GITARK_ITEMS = "s3://${var.bucket}/${local.work_prefix}"
      }) : {},
      # The directories of a vault on EFS are open to its group, for who inspects them.
      local.on_efs ? { GITARK_VAULT_MODE = "640" } : {},
    ) : { name = name, value = value }]
    mountPoints = concat(
      [{ sourceVolume = "temporary", containerPath = "/tmp", readOnly = false }],
      local.on_efs ? [{ sourceVolume = "vault", containerPath = "/mnt/efs", readOnly = false }] : [],
    )
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.task[0].name
        awslogs-region        = local.region
        awslogs-stream-prefix = "sync"
      }
    }
  }])
}
