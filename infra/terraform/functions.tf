# The functions: one program, and the handler says what it does.

locals {
  # What each may read, whether it works with repositories (and so needs memory and disk), and how long it may take.
  handlers = {
    backup = { github = true, slack = true, writes = true, heavy = true, timeout = 900 }
    list   = { github = true, slack = true, writes = true, heavy = false, timeout = 900 }
    size   = { github = true, slack = false, writes = false, heavy = false, timeout = 60 }
    sync   = { github = true, slack = false, writes = true, heavy = true, timeout = 900 }
    finish = { github = false, slack = true, writes = true, heavy = false, timeout = 900 }
    verify = { github = false, slack = true, writes = true, heavy = true, timeout = 900 }
  }

  functions = { for name in concat(
    local.single ? ["backup"] : ["size"],
    local.fleet && local.sync_in_function ? ["sync"] : [],
    local.fleet && !local.handlers_in_tasks ? ["list", "finish"] : [],
    local.handlers_in_tasks ? [] : ["verify"],
  ) : name => local.handlers[name] }

  # A setting with several values has one a line.
  environment = merge(
    length(var.sources) == 0 ? {} : { GITARK_SOURCES = join("\n", var.sources) },
    # Each worker keeps to its part of GitHub's limits.
    local.fleet ? { GITARK_WORKERS = tostring(var.max_concurrency) } : {},
    { GITARK_TEMP_DIR = "/tmp" },
    var.settings,
  )

  # Which of them each part gets; none holds a secret.
  environments = {
    github = merge(
      var.secret_name == null ? {} : { GITARK_SECRET = var.secret_name },
      length(var.token_from) == 0 ? {} : { GITARK_TOKEN_FROM = join("\n", var.token_from) },
      var.github_app == null ? {} : { GITARK_APP_ID = try(var.github_app.id, ""), GITARK_APP_KEY_FROM = try(var.github_app.key_from, "") },
    )
    slack = var.slack_webhook_from == null ? {} : { GITARK_SLACK_WEBHOOK_FROM = var.slack_webhook_from }
    archives = merge(
      var.archives ? { GITARK_ARCHIVES = "true" } : {},
      var.archive_prefix == null ? {} : { GITARK_ARCHIVE_PREFIX = var.archive_prefix },
    )
  }

  threshold_kb = var.large_worker_threshold_mb * 1024
}

resource "aws_cloudwatch_log_group" "function" {
  for_each = local.functions

  # checkov:skip=CKV_AWS_338: 90 days are asked for; the reports of runs are in the vault, and stay.
  name              = "/aws/lambda/${var.name}-${each.key}"
  retention_in_days = var.log_retention_days
  kms_key_id        = local.key_arn
}

data "aws_iam_policy_document" "function" {
  for_each = local.functions

  source_policy_documents = concat(
    each.value.github ? [data.aws_iam_policy_document.secrets["github"].json] : [],
    each.value.slack && length(local.secret_references.slack) > 0 ? [data.aws_iam_policy_document.secrets["slack"].json] : [],
    each.value.writes ? [data.aws_iam_policy_document.vault_writer.json] : [],
  )

  statement {
    sid       = "Log"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.function[each.key].arn}:*"]
  }

  # X-Ray has no resources to name.
  statement {
    sid       = "Trace"
    actions   = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
    resources = ["*"]
  }
}

resource "aws_iam_role" "function" {
  for_each = local.functions

  name               = "${var.name}-function-${each.key}"
  description        = "The function ${var.name}-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.trust["lambda.amazonaws.com"].json
}

resource "aws_iam_role_policy" "function" {
  for_each = local.functions

  name   = each.key
  role   = aws_iam_role.function[each.key].id
  policy = data.aws_iam_policy_document.function[each.key].json
}

resource "aws_lambda_function" "this" {
  for_each = local.functions

  # checkov:skip=CKV_AWS_115: The state machine bounds how many run at once; a reservation would take concurrency from the account.
  # checkov:skip=CKV_AWS_116: Invoked by state machines only, which wait for the answer and handle failures.
  # checkov:skip=CKV_AWS_117: In a VPC it would need a NAT gateway, at some $33 a month, to reach GitHub.
  # checkov:skip=CKV_AWS_173: No variable holds a secret; AWS encrypts them with its own key.
  # checkov:skip=CKV_AWS_272: The package comes with its SHA-256 and, from a release, with GitHub's attestation of where it was built.
  function_name     = "${var.name}-${each.key}"
  description       = "gitark: ${each.key}"
  role              = aws_iam_role.function[each.key].arn
  runtime           = "provided.al2023"
  handler           = each.key
  architectures     = [var.architecture]
  filename          = var.package.path
  source_code_hash  = var.package.path == null ? null : filebase64sha256(var.package.path)
  s3_bucket         = var.package.bucket
  s3_key            = var.package.key
  s3_object_version = var.package.version
  memory_size       = each.value.heavy ? var.function_memory_mb : 512
  timeout           = each.value.timeout

  ephemeral_storage {
    size = each.value.heavy ? var.function_storage_mb : 512
  }

  environment {
    variables = merge(
      local.environment,
      # The first one: a function does not reach EFS, and `size` only has to know its name.
      { GITARK_VAULT = local.vaults[0] },
      each.value.github ? local.environments.github : {},
      each.value.slack ? local.environments.slack : {},
      each.key == "backup" ? local.environments.archives : {},
    )
  }

  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.function[each.key].name
  }

  tracing_config {
    mode = "Active"
  }

  depends_on = [aws_iam_role_policy.function]
}
