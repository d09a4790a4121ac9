# What each state machine may do: what its definition does, and nothing more (infra/check compares the two).

locals {
  # The rules by which Step Functions hears that a task, or an execution that it started, has ended. It makes them itself.
  rule_arns = { for kind in ["ECSTask", "StepFunctionsExecution"] : kind =>
  "arn:${local.partition}:events:${local.region}:${local.account}:rule/StepFunctionsGetEventsFor${kind}Rule" }

  machine_functions = {
    BackupLoop   = ["backup"]
    BatchWorker  = local.handlers_in_tasks ? [] : ["list", "finish"]
    SyncTask     = local.sync_in_function ? ["size", "sync"] : ["size"]
    VerifyWorker = local.handlers_in_tasks ? [] : ["verify"]
    Watch        = []
  }
  machines_with_tasks   = concat(local.fleet ? ["SyncTask"] : [], local.handlers_in_tasks ? ["BatchWorker", "VerifyWorker"] : [])
  machines_with_answers = local.handlers_in_tasks ? ["BatchWorker", "VerifyWorker"] : []
}

data "aws_iam_policy_document" "machine" {
  for_each = toset(local.machines)

  # Deliveries of logs, and traces, have no resources to name.
  statement {
    sid = "DeliverLogs"
    actions = [
      "logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies",
      "logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:UpdateLogDelivery",
    ]
    resources = ["*"]
  }

  statement {
    sid       = "Trace"
    actions   = ["xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments"]
    resources = ["*"]
  }

  dynamic "statement" {
    for_each = length(local.machine_functions[each.key]) > 0 ? [local.machine_functions[each.key]] : []
    content {
      sid       = "InvokeFunctions"
      actions   = ["lambda:InvokeFunction"]
      resources = [for name in statement.value : aws_lambda_function.this[name].arn]
    }
  }

  dynamic "statement" {
    for_each = contains(local.machines_with_tasks, each.key) ? [each.key] : []
    content {
      sid       = "RunTask"
      actions   = ["ecs:RunTask"]
      resources = [aws_ecs_task_definition.repo_sync[0].arn]
      condition {
        test     = "ArnEquals"
        variable = "ecs:cluster"
        values   = [aws_ecs_cluster.this[0].arn]
      }
    }
  }

  dynamic "statement" {
    for_each = contains(local.machines_with_tasks, each.key) ? [each.key] : []
    content {
      sid       = "FollowTask"
      actions   = ["ecs:DescribeTasks", "ecs:StopTask"]
      resources = ["arn:${local.partition}:ecs:${local.region}:${local.account}:task/${aws_ecs_cluster.this[0].name}/*"]
    }
  }

  dynamic "statement" {
    for_each = contains(local.machines_with_tasks, each.key) ? [each.key] : []
    content {
      sid       = "GiveTaskItsRoles"
      actions   = ["iam:PassRole"]
      resources = [aws_iam_role.task[0].arn, aws_iam_role.task_execution[0].arn]
      condition {
        test     = "StringEquals"
        variable = "iam:PassedToService"
        values   = ["ecs-tasks.amazonaws.com"]
      }
    }
  }

  dynamic "statement" {
    for_each = contains(local.machines_with_tasks, each.key) ? [each.key] : []
    content {
      sid       = "HearOfTasks"
      actions   = ["events:DescribeRule", "events:PutRule", "events:PutTargets"]
      resources = [local.rule_arns.ECSTask]
    }
  }

  # A distributed map runs its children as executions of the machine itself.
  dynamic "statement" {
    for_each = each.key == "BatchWorker" ? [each.key] : []
    content {
      sid       = "StartExecutions"
      actions   = ["states:StartExecution"]
      resources = [local.machine_arns["BatchWorker"], local.machine_arns["SyncTask"]]
    }
  }

  dynamic "statement" {
    for_each = each.key == "BatchWorker" ? [each.key] : []
    content {
      sid       = "FollowExecutions"
      actions   = ["states:DescribeExecution", "states:StopExecution"]
      resources = ["${local.execution_arns["BatchWorker"]}/*", "${local.execution_arns["SyncTask"]}:*"]
    }
  }

  dynamic "statement" {
    for_each = each.key == "BatchWorker" ? [each.key] : []
    content {
      sid       = "HearOfExecutions"
      actions   = ["events:DescribeRule", "events:PutRule", "events:PutTargets"]
      resources = [local.rule_arns.StepFunctionsExecution]
    }
  }

  dynamic "statement" {
    for_each = each.key == "BatchWorker" ? [each.key] : []
    content {
      sid       = "ReadItems"
      actions   = ["s3:GetObject"]
      resources = [local.handlers_in_tasks ? "${local.bucket_arn}/${local.work_prefix}/*" : "${local.bucket_arn}/${var.prefix}/runs/*"]
    }
  }

  dynamic "statement" {
    for_each = each.key == "BatchWorker" ? [each.key] : []
    content {
      sid       = "WriteResults"
      actions   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"]
      resources = ["${local.bucket_arn}/${local.work_prefix}/BatchWorker/*"]
    }
  }

  dynamic "statement" {
    for_each = contains(local.machines_with_answers, each.key) && each.key != "BatchWorker" ? [each.key] : []
    content {
      sid       = "ReadAnswers"
      actions   = ["s3:GetObject"]
      resources = ["${local.bucket_arn}/${local.work_prefix}/*"]
    }
  }

  dynamic "statement" {
    for_each = each.key == "BatchWorker" || contains(local.machines_with_answers, each.key) ? [each.key == "BatchWorker" ? ["kms:Decrypt", "kms:GenerateDataKey"] : ["kms:Decrypt"]] : []
    content {
      sid       = "Encryption"
      actions   = statement.value
      resources = [local.key_arn]
    }
  }

  dynamic "statement" {
    for_each = each.key == "Watch" ? [each.key] : []
    content {
      sid       = "LookAtRuns"
      actions   = ["states:DescribeStateMachine", "states:ListExecutions"]
      resources = [for name in local.watched : local.machine_arns[name]]
    }
  }

  dynamic "statement" {
    for_each = each.key == "Watch" ? [each.key] : []
    content {
      sid       = "TellAges"
      actions   = ["cloudwatch:PutMetricData"]
      resources = ["*"]
      condition {
        test     = "StringEquals"
        variable = "cloudwatch:namespace"
        values   = ["gitark"]
      }
    }
  }
}

resource "aws_iam_role" "machine" {
  for_each = toset(local.machines)

  name               = "${var.name}-machine-${each.key}"
  description        = "The state machine ${var.name}-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.trust["states.amazonaws.com"].json
}

resource "aws_iam_role_policy" "machine" {
  for_each = toset(local.machines)

  name   = each.key
  role   = aws_iam_role.machine[each.key].id
  policy = data.aws_iam_policy_document.machine[each.key].json
}
