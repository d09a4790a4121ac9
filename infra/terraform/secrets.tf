# Where secrets are, never what they hold: Terraform's state would keep it. Functions and tasks read them when they run.

locals {
  # Who needs it, and where it is.
  secret_references = {
    github = concat(
      var.secret_name == null ? [] : ["secretsmanager:${var.secret_name}"],
      var.token_from,
      var.github_app == null ? [] : [var.github_app.key_from],
    )
    slack = var.slack_webhook_from == null ? [] : [var.slack_webhook_from]
  }

  parameter_arns = {
    for who, references in local.secret_references : who => distinct([
      for name in [for reference in references : trimprefix(reference, "ssm:") if startswith(reference, "ssm:")] :
      startswith(name, "arn:") ? name : "arn:${local.partition}:ssm:${local.region}:${local.account}:parameter/${trimprefix(name, "/")}"
    ])
  }

  # Secrets Manager appends six characters to a name.
  secret_arns = {
    for who, references in local.secret_references : who => distinct([
      for name in [for reference in references : split("#", trimprefix(reference, "secretsmanager:"))[0] if startswith(reference, "secretsmanager:")] :
      startswith(name, "arn:") ? name : "arn:${local.partition}:secretsmanager:${local.region}:${local.account}:secret:${name}-??????"
    ])
  }
}

data "aws_iam_policy_document" "secrets" {
  for_each = { for who, references in local.secret_references : who => references if length(references) > 0 }

  dynamic "statement" {
    for_each = length(local.secret_arns[each.key]) > 0 ? [local.secret_arns[each.key]] : []
    content {
      sid       = "${title(each.key)}Secrets"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = statement.value
    }
  }

  dynamic "statement" {
    for_each = length(local.parameter_arns[each.key]) > 0 ? [local.parameter_arns[each.key]] : []
    content {
      sid       = "${title(each.key)}Parameters"
      actions   = ["ssm:GetParameter"]
      resources = statement.value
    }
  }

  dynamic "statement" {
    for_each = length(var.secrets_kms_key_arns) > 0 ? [var.secrets_kms_key_arns] : []
    content {
      sid       = "${title(each.key)}Keys"
      actions   = ["kms:Decrypt"]
      resources = statement.value
    }
  }
}
