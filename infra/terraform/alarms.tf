# What is told when something is wrong: by mail, or to whoever subscribes to the topic.

locals {
  max_age_hours = coalesce(var.max_age_hours, local.single ? 32 * 24 : 8 * 24)

  main_machine_name = "${var.name}-${local.main_machine}"
  verify_name       = "${var.name}-VerifyWorker"

  # The watch tells ages every 12 hours. When it does not, nobody knows that backups go on: missing data is breaching.
  age_alarms = merge(
    {
      did-not-run = {
        metric = "HoursSinceStart", machine = local.main_machine_name, hours = local.max_age_hours
        says   = "No backup was begun for ${local.max_age_hours} hours. Look at the schedule, and at the queue of what did not start."
      }
      stale = {
        metric = "HoursSinceSuccess", machine = local.main_machine_name, hours = local.max_age_hours
        says   = "The last backup without failures is older than ${local.max_age_hours} hours."
      }
    },
    var.verify_schedule == null ? {} : {
      verify-stale = {
        metric = "HoursSinceSuccess", machine = local.verify_name, hours = 15 * 24
        says   = "The vault was not verified without damage for 15 days."
      }
    },
  )

  failure_alarms = {
    failed = {
      machine = local.main_machine_name
      says    = "A backup failed, or some repositories did. The execution's cause and the report under runs/ say why."
    }
    verify-failed = {
      machine = local.verify_name
      says    = "Verifying failed, or found damage. The execution's cause says which."
    }
  }
}

resource "aws_sns_topic" "alarms" {
  name              = "${var.name}-alarms"
  kms_master_key_id = local.key_arn
}

data "aws_iam_policy_document" "alarms" {
  statement {
    sid       = "Alarms"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn]
    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

resource "aws_sns_topic_policy" "alarms" {
  arn    = aws_sns_topic.alarms.arn
  policy = data.aws_iam_policy_document.alarms.json
}

resource "aws_sns_topic_subscription" "email" {
  for_each = toset(var.alarm_emails)

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.value
}

resource "aws_cloudwatch_metric_alarm" "age" {
  for_each = local.age_alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.says
  namespace           = "gitark"
  metric_name         = each.value.metric
  dimensions          = { StateMachine = each.value.machine }
  statistic           = "Maximum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.hours
  period              = 86400
  evaluation_periods  = 1
  treat_missing_data  = "breaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "failure" {
  for_each = local.failure_alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.says
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 1
  # No run is no failure; that there was none is told by the alarms on age.
  treat_missing_data = "notBreaching"
  alarm_actions      = [aws_sns_topic.alarms.arn]

  metric_query {
    id          = "bad"
    expression  = "SUM(METRICS())"
    label       = "Executions that did not succeed"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { failed = "ExecutionsFailed", timed_out = "ExecutionsTimedOut", aborted = "ExecutionsAborted" }
    content {
      id = metric_query.key
      metric {
        namespace   = "AWS/States"
        metric_name = metric_query.value
        dimensions = { StateMachineArn = "arn:${local.partition}:states:${local.region}:${local.account}:stateMachine:${each.value.machine}"
        }
        stat   = "Sum"
        period = 300
      }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "damage" {
  alarm_name          = "${var.name}-damage"
  alarm_description   = "Something in the vault is not as it was written. gitark verify names it; gitark backup --refetch repairs it."
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]

  metric_query {
    id          = "damage"
    expression  = "SUM(METRICS())"
    label       = "Damaged repositories"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { verify = "VerifyDamaged", backup = "DamageFound" }
    content {
      id = metric_query.key
      metric {
        namespace   = "gitark"
        metric_name = metric_query.value
        dimensions  = { Vault = local.vaults[0] }
        stat        = "Sum"
        period      = 300
      }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "not_started" {
  alarm_name          = "${var.name}-not-started"
  alarm_description   = "A schedule could not start its state machine. The message in the queue ${aws_sqs_queue.not_started.name} says why."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.not_started.name }
  statistic           = "Maximum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 300
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
}
