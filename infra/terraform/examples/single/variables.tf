variable "region" {
  description = "The region."
  type        = string
  default     = "us-east-1"
}

variable "bucket" {
  description = "The bucket that is made for the vault; BACKUP_S3_BUCKET of the secret."
  type        = string
}

variable "prefix" {
  description = "Where the vault is in it; BACKUP_S3_PREFIX of the secret."
  type        = string
  default     = "github"
}

variable "sources" {
  description = "Users, organisations and repositories; empty for all that the token reaches."
  type        = list(string)
  default     = []
}

variable "secret_name" {
  description = "The secret with TOKEN_GITHUB, BACKUP_ONLY_OWNER_REPOS, BACKUP_S3_BUCKET and BACKUP_S3_PREFIX."
  type        = string
  default     = "prod/github-backup"
}

variable "package" {
  description = "The functions' zip on this machine, from a release or made by infra/package.sh."
  type        = string
  default     = "gitark-lambda.zip"
}

variable "architecture" {
  description = "What the zip is built for: x86_64 or arm64."
  type        = string
  default     = "x86_64"
}

variable "archives" {
  description = "Keep dated zip files of all repositories, too."
  type        = bool
  default     = false
}

variable "slack_webhook_from" {
  description = "Where the address of a Slack webhook is, such as ssm:slack-webhook-url."
  type        = string
  default     = null
}

variable "alarm_emails" {
  description = "Addresses that alarms are sent to."
  type        = list(string)
  default     = []
}
