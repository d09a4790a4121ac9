output "bucket" {
  description = "The bucket."
  value       = var.bucket
}

output "vault" {
  description = "Where the vaults are, for `gitark --vault`."
  value       = local.vaults
}

output "state_machine_arns" {
  description = "The state machines by name, for `aws stepfunctions start-execution`."
  value       = { for name, machine in aws_sfn_state_machine.this : name => machine.arn }
}

output "function_names" {
  description = "The functions by handler."
  value       = { for name, function in aws_lambda_function.this : name => function.function_name }
}

output "registry_url" {
  description = "Where the image is pushed to; null when `image` is given, and in mode `single`."
  value       = try(aws_ecr_repository.this[0].repository_url, null)
}

output "task_definition_arn" {
  description = "The task definition of RepoSync; null in mode `single`."
  value       = try(aws_ecs_task_definition.repo_sync[0].arn, null)
}

output "file_system_id" {
  description = "The file system; null without a vault on EFS."
  value       = try(aws_efs_file_system.vault[0].id, null)
}

output "inspection_instance_id" {
  description = "The inspection instance, for `aws ec2 start-instances` and `aws ssm start-session`; null without one."
  value       = try(aws_instance.inspection[0].id, null)
}

output "alarm_topic_arn" {
  description = "The topic that alarms are published to."
  value       = aws_sns_topic.alarms.arn
}

output "kms_key_arn" {
  description = "The key that the bucket, the file system and logs are encrypted with."
  value       = local.key_arn
}

output "policy_arns" {
  description = "Policies for people and machines of your own: `writer`, `reader`, `restorer`, `pruner`."
  value       = { for name, policy in aws_iam_policy.vault : name => policy.arn }
}

output "role_arns" {
  description = "The roles that `trusted_principal_arns` may take."
  value       = { for name, role in aws_iam_role.people : name => role.arn }
}
