output "start" {
  description = "Starts a backup now."
  value       = "aws stepfunctions start-execution --region ${var.region} --state-machine-arn ${module.backup.state_machine_arns["BackupLoop"]}"
}

output "vault" {
  description = "For gitark --vault."
  value       = module.backup.vault
}
