output "start" {
  description = "Starts a backup of everything now."
  value       = "aws stepfunctions start-execution --region ${var.region} --state-machine-arn ${module.backup.state_machine_arns["BatchWorker"]}"
}

output "start_one" {
  description = "Backs up one repository now; put its name in."
  value       = "aws stepfunctions start-execution --region ${var.region} --state-machine-arn ${module.backup.state_machine_arns["SyncTask"]} --input '{\"owner\": \"octocat\", \"repo\": \"hello\"}'"
}

output "registry_url" {
  description = "Where the image is pushed to."
  value       = module.backup.registry_url
}

output "inspection_instance_id" {
  description = "The machine to look at the file system with."
  value       = module.backup.inspection_instance_id
}

output "vault" {
  description = "For gitark --vault."
  value       = module.backup.vault
}
