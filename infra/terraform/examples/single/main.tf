# One function backs up everything that the token reaches, on the first of each month.

module "backup" {
  source = "../.."

  mode        = "single"
  bucket      = var.bucket
  prefix      = var.prefix
  sources     = var.sources
  secret_name = var.secret_name
  package     = { path = var.package }

  architecture       = var.architecture
  archives           = var.archives
  slack_webhook_from = var.slack_webhook_from
  alarm_emails       = var.alarm_emails
}
