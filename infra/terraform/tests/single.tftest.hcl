# Mode single: a function, a loop, a schedule; no network and no containers.

variables {
  mode        = "single"
  bucket      = "my-backups"
  secret_name = "prod/github-backup"
  package     = { bucket = "my-packages", key = "gitark-lambda.zip" }
}

run "defaults" {
  command = apply

  assert {
    condition     = toset(keys(aws_lambda_function.this)) == toset(["backup", "verify"])
    error_message = "There must be the functions backup and verify, and no other."
  }

  assert {
    condition     = aws_lambda_function.this["backup"].runtime == "provided.al2023" && aws_lambda_function.this["backup"].handler == "backup"
    error_message = "The function must be the program itself, and the handler must say what it does."
  }

  assert {
    condition     = aws_scheduler_schedule.this["backup"].schedule_expression == "cron(0 0 1 * ? *)" && aws_scheduler_schedule.this["backup"].schedule_expression_timezone == "UTC"
    error_message = "The default is the first of each month."
  }

  assert {
    condition     = aws_scheduler_schedule.this["backup"].target[0].arn == aws_sfn_state_machine.this["BackupLoop"].arn
    error_message = "The schedule must start the loop."
  }

  assert {
    condition     = alltrue([for name, policy in data.aws_iam_policy_document.schedule : jsondecode(policy.json).Statement[0].Resource == aws_scheduler_schedule.this[name].target[0].arn])
    error_message = "A schedule may start exactly its own target."
  }

  assert {
    condition     = jsondecode(aws_sfn_state_machine.this["BackupLoop"].definition).States.Backup.Arguments.FunctionName == aws_lambda_function.this["backup"].arn
    error_message = "The loop must invoke the function."
  }

  assert {
    condition     = length(aws_vpc.this) + length(aws_ecs_cluster.this) + length(aws_ecr_repository.this) + length(aws_efs_file_system.vault) == 0
    error_message = "Mode single must make no network, containers or file system."
  }

  assert {
    condition     = aws_lambda_function.this["backup"].environment[0].variables.GITARK_SECRET == "prod/github-backup" && aws_lambda_function.this["backup"].environment[0].variables.GITARK_VAULT == "s3://my-backups/github"
    error_message = "The function must know the secret's name and the vault."
  }

  assert {
    condition     = !strcontains(data.aws_iam_policy_document.vault_writer.json, "Delete")
    error_message = "Who backs up may not delete."
  }

  assert {
    condition     = !aws_s3_bucket.vault[0].force_destroy && aws_s3_bucket_versioning.vault[0].versioning_configuration[0].status == "Enabled"
    error_message = "The bucket must be versioned, and must not go with what is in it."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.age : alarm.treat_missing_data == "breaching"])
    error_message = "When nothing tells the age of backups, that is an alarm."
  }
}

run "another_function_may_not_read_the_token" {
  command = apply

  assert {
    condition     = !strcontains(data.aws_iam_policy_document.function["verify"].json, "secretsmanager")
    error_message = "Verifying needs no token."
  }
}

run "a_bucket_that_is_there" {
  command = apply

  variables {
    create_bucket = false
  }

  assert {
    condition     = length(aws_s3_bucket.vault) + length(aws_s3_bucket_policy.vault) == 0
    error_message = "The bucket and its settings are its owner's matter."
  }
}

run "a_schedule_of_ones_own" {
  command = apply

  variables {
    schedule                = "rate(7 days)"
    schedule_time_zone      = "Europe/Berlin"
    schedule_window_minutes = 30
    schedule_enabled        = false
  }

  assert {
    condition     = aws_scheduler_schedule.this["backup"].state == "DISABLED" && aws_scheduler_schedule.this["backup"].flexible_time_window[0].mode == "FLEXIBLE"
    error_message = "Schedules must be as they are set."
  }
}
