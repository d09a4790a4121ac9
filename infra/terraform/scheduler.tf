# When. A start that fails is tried again; one that could not be made at all lands in the queue, which has an alarm.

locals {
  schedules = merge(
    { backup = {
      expression = coalesce(var.schedule, local.single ? "cron(0 0 1 * ? *)" : "cron(0 5 ? * SUN *)")
      target     = aws_sfn_state_machine.this[local.main_machine].arn
    } },
    var.verify_schedule == null ? {} : { verify = {
      expression = var.verify_schedule
      target     = aws_sfn_state_machine.this["VerifyWorker"].arn
    } },
    { watch = {
      expression = "rate(12 hours)"
      target     = aws_sfn_state_machine.this["Watch"].arn
    } },
  )
  time_zone = coalesce(var.schedule_time_zone, local.single ? "UTC" : "Asia/Tokyo")
}

resource "aws_scheduler_schedule_group" "this" {
  name = var.name
}

resource "aws_sqs_queue" "not_started" {
  name                      = "${var.name}-not-started"
  message_retention_seconds = 1209600
  kms_master_key_id         = local.key_arn
}

data "aws_iam_policy_document" "schedule" {
  for_each = local.schedules

  statement {
    sid       = "Start"
    actions   = ["states:StartExecution"]
    resources = [each.value.target]
  }

  statement {
    sid       = "TellWhatDidNotStart"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.not_started.arn]
  }

  statement {
    sid       = "EncryptIt"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [local.key_arn]
  }
}

resource "aws_iam_role" "schedule" {
  for_each = local.schedules

  name               = "${var.name}-schedule-${each.key}"
  description        = "The schedule ${each.key} of ${var.name}"
  assume_role_policy = data.aws_iam_policy_document.trust["scheduler.amazonaws.com"].json
}

resource "aws_iam_role_policy" "schedule" {
  for_each = local.schedules

  name   = "start"
  role   = aws_iam_role.schedule[each.key].id
  policy = data.aws_iam_policy_document.schedule[each.key].json
}

resource "aws_scheduler_schedule" "this" {
  for_each = local.schedules

  # checkov:skip=CKV_AWS_297: What a schedule holds is no secret: an expression and the name of its target.
  name                         = each.key
  group_name                   = aws_scheduler_schedule_group.this.name
  schedule_expression          = each.value.expression
  schedule_expression_timezone = local.time_zone
  state                        = var.schedule_enabled ? "ENABLED" : "DISABLED"

  flexible_time_window {
    mode                      = var.schedule_window_minutes == 0 ? "OFF" : "FLEXIBLE"
    maximum_window_in_minutes = var.schedule_window_minutes == 0 ? null : var.schedule_window_minutes
  }

  target {
    arn      = each.value.target
    role_arn = aws_iam_role.schedule[each.key].arn
    input    = "{}"

    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 10
    }

    dead_letter_config {
      arn = aws_sqs_queue.not_started.arn
    }
  }

  depends_on = [aws_iam_role_policy.schedule]
}
