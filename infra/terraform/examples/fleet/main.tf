# A worker for each repository that moved, Sundays at 05:00 in Tokyo; the token and the Slack webhook are parameters.

module "backup" {
  source = "../.."

  mode               = "fleet"
  bucket             = var.bucket
  prefix             = var.prefix
  vault              = var.vault
  sources            = var.sources
  token_from         = [var.token_from]
  slack_webhook_from = var.slack_webhook_from
  package            = { path = var.package }

  architecture        = var.architecture
  image               = var.image
  image_tag           = var.image_tag
  inspection_instance = var.inspection_instance
  alarm_emails        = var.alarm_emails
}
