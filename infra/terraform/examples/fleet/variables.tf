variable "region" {
  description = "The region."
  type        = string
  default     = "ap-northeast-1"
}

variable "bucket" {
  description = "The bucket that is made: for the vault, and for what state machines hand on."
  type        = string
}

variable "prefix" {
  description = "Where the vault is in it."
  type        = string
  default     = "github"
}

variable "vault" {
  description = "s3, efs or both."
  type        = string
  default     = "s3"
}

variable "sources" {
  description = "Users, organisations and repositories; empty for all that the token reaches."
  type        = list(string)
  default     = []
}

variable "token_from" {
  description = "Where the token is."
  type        = string
  default     = "ssm:github-token"
}

variable "slack_webhook_from" {
  description = "Where the address of the Slack webhook is; null for none."
  type        = string
  default     = "ssm:slack-webhook-url"
}

variable "package" {
  description = "The functions' zip on this machine, from a release or made by infra/package.sh."
  type        = string
  default     = "gitark-lambda.zip"
}

variable "architecture" {
  description = "What the zip and the image are built for: x86_64 or arm64."
  type        = string
  default     = "x86_64"
}

variable "image" {
  description = "An image from elsewhere; null for the registry that is made."
  type        = string
  default     = null
}

variable "image_tag" {
  description = "Its tag in the registry that is made."
  type        = string
  default     = "latest"
}

variable "inspection_instance" {
  description = "A machine to look at a vault on EFS with."
  type        = bool
  default     = false
}

variable "alarm_emails" {
  description = "Addresses that alarms are sent to."
  type        = list(string)
  default     = []
}
