# Mode fleet: a state machine for all, one for each, functions and containers.

variables {
  mode               = "fleet"
  bucket             = "my-backups"
  token_from         = ["ssm:github-token"]
  slack_webhook_from = "ssm:slack-webhook-url"
  package            = { bucket = "my-packages", key = "gitark-lambda.zip" }
}

run "defaults" {
  command = apply

  assert {
    condition     = toset(keys(aws_lambda_function.this)) == toset(["list", "size", "sync", "finish", "verify"])
    error_message = "There must be the functions of a fleet."
  }

  assert {
    condition     = aws_scheduler_schedule.this["backup"].schedule_expression == "cron(0 5 ? * SUN *)" && aws_scheduler_schedule.this["backup"].schedule_expression_timezone == "Asia/Tokyo"
    error_message = "The default is Sunday 05:00 in Tokyo."
  }

  assert {
    condition     = jsondecode(aws_sfn_state_machine.this["BatchWorker"].definition).States.Synchronise.ItemProcessor.States.SyncTask.Parameters.StateMachineArn == aws_sfn_state_machine.this["SyncTask"].arn
    error_message = "BatchWorker must start SyncTask."
  }

  assert {
    condition     = jsondecode(aws_sfn_state_machine.this["SyncTask"].definition).States.RepoSync.Arguments.TaskDefinition == aws_ecs_task_definition.repo_sync[0].arn
    error_message = "SyncTask must run RepoSync."
  }

  assert {
    condition     = !strcontains(aws_ecs_task_definition.repo_sync[0].container_definitions, "\"secrets\"") && strcontains(aws_ecs_task_definition.repo_sync[0].container_definitions, "ssm:github-token")
    error_message = "A container knows where the token is, and reads it itself."
  }

  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.file_system) == 0 && length(aws_efs_file_system.vault) == 0
    error_message = "Nothing may come in, and without EFS there is no file system."
  }

  assert {
    condition     = length(aws_subnet.public) == 2 && length(aws_subnet.private) == 2 && alltrue([for subnet in aws_subnet.public : !subnet.map_public_ip_on_launch])
    error_message = "There must be public and private subnets."
  }
}

run "a_vault_on_efs" {
  command = apply

  variables {
    vault               = "efs"
    inspection_instance = true
  }

  assert {
    condition     = toset(keys(aws_lambda_function.this)) == toset(["size"])
    error_message = "No function reaches EFS."
  }

  assert {
    condition     = aws_efs_access_point.vault[0].root_directory[0].creation_info[0].permissions == "0750"
    error_message = "The vault must be open to its group only."
  }

  assert {
    condition     = aws_ec2_instance_state.inspection[0].state == "stopped" && aws_instance.inspection[0].key_name == null
    error_message = "The inspection instance must be stopped and have no key pair."
  }

  assert {
    condition     = !strcontains(aws_iam_role_policy.inspection[0].policy, "ClientWrite")
    error_message = "Who inspects does not write."
  }
}

run "a_network_that_is_there" {
  command = apply

  variables {
    network = { vpc_id = "vpc-1", public_subnet_ids = ["subnet-1"] }
  }

  assert {
    condition     = length(aws_vpc.this) == 0 && aws_security_group.task[0].vpc_id == "vpc-1"
    error_message = "No other network may be made."
  }
}
