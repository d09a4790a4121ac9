# The state machines. Their definitions are in state_machines/.

locals {
  machines = concat(local.single ? ["BackupLoop"] : ["BatchWorker", "SyncTask"], ["VerifyWorker", "Watch"])
  # Known before they are made: the role of a machine that starts others, or itself, names them.
  machine_arns   = { for name in local.machines : name => "arn:${local.partition}:states:${local.region}:${local.account}:stateMachine:${var.name}-${name}" }
  execution_arns = { for name in local.machines : name => "arn:${local.partition}:states:${local.region}:${local.account}:execution:${var.name}-${name}" }

  # A function that is throttled, or whose service failed.
  retry_function = jsonencode([{
    ErrorEquals     = ["Lambda.TooManyRequestsException", "Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException", "Lambda.ClientExecutionTimeoutException"]
    IntervalSeconds = 2
    BackoffRate     = 2.0
    MaxAttempts     = 6
    MaxDelaySeconds = 120
    JitterStrategy  = "FULL"
  }])
  # A task that could not be placed: throttled, or out of capacity for now.
  retry_task = jsonencode([{
    ErrorEquals     = ["ECS.AmazonECSException", "ECS.ServerException", "ECS.ThrottlingException", "ECS.SdkClientException", "AmazonECS.Unknown"]
    IntervalSeconds = 20
    BackoffRate     = 2.0
    MaxAttempts     = 3
    MaxDelaySeconds = 300
    JitterStrategy  = "FULL"
  }])
  retry_api = jsonencode([{
    ErrorEquals     = ["States.TaskFailed"]
    IntervalSeconds = 5
    BackoffRate     = 2.0
    MaxAttempts     = 4
  }])
  # What the program says when its disk or memory does not suffice, and what AWS says of a function that was ended.
  out_of_function = jsonencode(["NeedsLargerWorker", "Sandbox.Timedout", "Runtime.ExitError", "Runtime.OutOfMemory", "Lambda.Unknown", "States.Timeout"])
  catch           = jsonencode([{ ErrorEquals = ["States.ALL"], Next = "Failed" }])

  common = {
    partition       = local.partition
    retry_function  = local.retry_function
    retry_task      = local.retry_task
    retry_api       = local.retry_api
    out_of_function = local.out_of_function
    catch           = local.catch
    bucket          = var.bucket
    work_prefix     = local.work_prefix
    work            = "s3://${var.bucket}/${local.work_prefix}"
    cluster         = local.fleet ? aws_ecs_cluster.this[0].arn : ""
    task_definition = local.fleet ? aws_ecs_task_definition.repo_sync[0].arn : ""
    container       = local.container
    subnets         = jsonencode(local.public_subnet_ids)
    security_groups = jsonencode(local.fleet ? [aws_security_group.task[0].id] : [])
    log_group       = local.fleet ? aws_cloudwatch_log_group.task[0].name : ""
  }

  # The same state, done by a function or in a container.
  handler_states = {
    for name, handler in {
      list   = { state = "List", input = "{ 'execution': $states.context.Execution.Id }", next = "Synchronise" }
      finish = { state = "Finish", input = "$merge([$states.input, { 'execution': $states.context.Execution.Id }])", next = "Verdict" }
      verify = { state = "Verify", input = "{ 'execution': $states.context.Execution.Id }", next = "Verdict" }
      } : name => templatefile(
      "${path.module}/state_machines/handler_in_${local.handlers_in_tasks ? "task" : "function"}.asl.json",
      merge(local.common, handler, { handler = name, function = try(aws_lambda_function.this[name].arn, "") }),
    )
  }

  definitions = merge(
    local.single ? {
      BackupLoop = templatefile("${path.module}/state_machines/backup_loop.asl.json", merge(local.common, {
        backup_function = aws_lambda_function.this["backup"].arn
        max_invocations = var.max_invocations
      }))
      } : {
      BatchWorker = templatefile("${path.module}/state_machines/batch_worker.asl.json", merge(local.common, {
        list            = local.handler_states.list
        finish          = local.handler_states.finish
        max_concurrency = var.max_concurrency
        sync_task       = local.machine_arns["SyncTask"]
      }))
      SyncTask = templatefile("${path.module}/state_machines/sync_task.asl.json", merge(local.common, {
        size_function        = aws_lambda_function.this["size"].arn
        sync_function        = try(aws_lambda_function.this["sync"].arn, "")
        sync_in_function     = local.sync_in_function
        threshold_kb         = local.threshold_kb
        task_timeout_seconds = var.task_timeout_hours * 3600
      }))
    },
    {
      VerifyWorker = templatefile("${path.module}/state_machines/verify_worker.asl.json", merge(local.common, { verify = local.handler_states.verify }))
      Watch = templatefile("${path.module}/state_machines/watch.asl.json", merge(local.common, {
        machines = jsonencode([for name in local.watched : { name = "${var.name}-${name}", arn = local.machine_arns[name] }])
      }))
    },
  )

  watched = concat([local.main_machine], var.verify_schedule == null ? [] : ["VerifyWorker"])
}

resource "aws_cloudwatch_log_group" "machine" {
  for_each = toset(local.machines)

  # checkov:skip=CKV_AWS_338: 90 days are asked for; the reports of runs are in the vault, and stay.
  # The name begins like this so that AWS needs no entry of its own in the resource policy, whose size is limited.
  name              = "/aws/vendedlogs/states/${var.name}-${each.key}"
  retention_in_days = var.log_retention_days
  kms_key_id        = local.key_arn
}

data "aws_iam_policy_document" "machine_logs" {
  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["arn:${local.partition}:logs:${local.region}:${local.account}:log-group:/aws/vendedlogs/states/${var.name}-*:*"]
    principals {
      type        = "Service"
      identifiers = ["delivery.logs.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

resource "aws_cloudwatch_log_resource_policy" "machines" {
  policy_name     = "${var.name}-state-machines"
  policy_document = data.aws_iam_policy_document.machine_logs.json
}

resource "aws_sfn_state_machine" "this" {
  for_each = toset(local.machines)

  name       = "${var.name}-${each.key}"
  role_arn   = aws_iam_role.machine[each.key].arn
  definition = local.definitions[each.key]

  # Inputs and outputs hold names of repositories and figures, and never a secret.
  logging_configuration {
    log_destination        = "${aws_cloudwatch_log_group.machine[each.key].arn}:*"
    include_execution_data = true
    level                  = "ALL"
  }

  tracing_configuration {
    enabled = true
  }

  depends_on = [aws_iam_role_policy.machine, aws_cloudwatch_log_resource_policy.machines]
}
