# One page in CloudWatch.

locals {
  gitark_metrics = ["RepositoriesNew", "RepositoriesChanged", "RepositoriesUnchanged", "RepositoriesFailed"]
}

resource "aws_cloudwatch_dashboard" "this" {
  count = var.dashboard ? 1 : 0

  dashboard_name = var.name
  dashboard_body = jsonencode({
    widgets = [
      {
        type = "metric", x = 0, y = 0, width = 12, height = 6
        properties = {
          title   = "Repositories", region = local.region, stat = "Sum", period = 86400
          metrics = [for name in local.gitark_metrics : ["gitark", name, "Vault", local.vaults[0]]]
        }
      },
      {
        type = "metric", x = 12, y = 0, width = 12, height = 6
        properties = {
          title   = "Bytes", region = local.region, stat = "Sum", period = 86400
          metrics = [for name in ["ReceivedBytes", "StoredBytes"] : ["gitark", name, "Vault", local.vaults[0]]]
        }
      },
      {
        type = "metric", x = 0, y = 6, width = 12, height = 6
        properties = {
          title   = "Hours since", region = local.region, stat = "Maximum", period = 43200
          metrics = [for name in ["HoursSinceStart", "HoursSinceSuccess"] : ["gitark", name, "StateMachine", local.main_machine_name]]
        }
      },
      {
        type = "metric", x = 12, y = 6, width = 12, height = 6
        properties = {
          title = "Runs", region = local.region, stat = "Sum", period = 86400
          metrics = [for name in ["ExecutionsSucceeded", "ExecutionsFailed", "ExecutionsTimedOut"] :
          ["AWS/States", name, "StateMachineArn", local.machine_arns[local.main_machine]]]
        }
      },
      {
        type = "alarm", x = 0, y = 12, width = 24, height = 3
        properties = {
          title = "Alarms"
          alarms = concat(
            [for alarm in aws_cloudwatch_metric_alarm.age : alarm.arn],
            [for alarm in aws_cloudwatch_metric_alarm.failure : alarm.arn],
            [aws_cloudwatch_metric_alarm.damage.arn, aws_cloudwatch_metric_alarm.not_started.arn],
          )
        }
      },
    ]
  })
}
