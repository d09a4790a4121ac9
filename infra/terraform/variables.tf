# What is backed up, and where to.

variable "name" {
  description = "Name of this installation; everything that is made begins with it."
  type        = string
  default     = "github-backup"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}[a-z0-9]$", var.name))
    error_message = "name must be 3 to 32 lower-case letters, digits and hyphens, and begin with a letter."
  }
}

variable "mode" {
  description = "`single`: one function backs up everything, again and again until all is done. `fleet`: a worker for each repository, many at once, large ones in containers."
  type        = string
  default     = "single"

  validation {
    condition     = contains(["single", "fleet"], var.mode)
    error_message = "mode must be single or fleet."
  }
}

variable "sources" {
  description = "Users, organisations and repositories (`octocat`, `my-org`, `my-org/tool`). Empty: all that the token's owner can reach."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for source in var.sources : can(regex("^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)?$", source))])
    error_message = "sources must be names like octocat, or octocat/hello."
  }
}

variable "bucket" {
  description = "Name of the bucket. A secret that names another one (`BACKUP_S3_BUCKET`) is refused by the function."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.bucket))
    error_message = "bucket must be the name of an S3 bucket: 3 to 63 lower-case letters, digits, dots and hyphens."
  }
}

variable "create_bucket" {
  description = "Make the bucket. `false`: it is there, and its settings are its owner's matter."
  type        = bool
  default     = true
}

variable "prefix" {
  description = "Where the vault is in the bucket."
  type        = string
  default     = "github"

  validation {
    condition     = can(regex("^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$", var.prefix)) && !startswith(var.prefix, "state-machines")
    error_message = "prefix must be like github or backups/github: no slash at its ends, nothing that a URL must escape, and not state-machines."
  }
}

variable "vault" {
  description = "`s3`, `efs` (a file system at `/mnt/efs`), or `both`. With a file system only containers synchronise; it needs the mode `fleet`."
  type        = string
  default     = "s3"

  validation {
    condition     = contains(["s3", "efs", "both"], var.vault)
    error_message = "vault must be s3, efs or both."
  }

  validation {
    condition     = var.vault == "s3" || var.mode == "fleet"
    error_message = "A vault on EFS needs mode = \"fleet\": a function does not reach it."
  }
}

variable "archives" {
  description = "Keep a dated zip file of each repository beside its history, too. Mode `single` only."
  type        = bool
  default     = false
}

variable "archive_prefix" {
  description = "Where the dated zip files are in the bucket, when not in `archives/` of the vault."
  type        = string
  default     = null
}

variable "settings" {
  description = "Other settings of gitark, as variables: `{ GITARK_NO_LFS = \"true\", GITHUB_API_URL = \"https://HOST/api/v3\" }`."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.settings) : can(regex("^(GITARK_[A-Z_]+|GITHUB_API_URL)$", name))])
    error_message = "settings may hold GITARK_… and GITHUB_API_URL only. A token belongs into a secret: see secret_name and token_from."
  }
}

# Who may read GitHub. None of these is a secret itself: each says where one is.

variable "secret_name" {
  description = "Name or ARN of a secret in Secrets Manager like `prod/github-backup`, with the keys `TOKEN_GITHUB`, `BACKUP_ONLY_OWNER_REPOS`, `BACKUP_S3_BUCKET` and `BACKUP_S3_PREFIX`."
  type        = string
  default     = null

  validation {
    condition     = var.secret_name != null || length(var.token_from) > 0 || var.github_app != null
    error_message = "Say where the token is: secret_name, token_from or github_app."
  }
}

variable "token_from" {
  description = "Where tokens are: `ssm:github-token`, `secretsmanager:NAME#KEY`. Several share the work."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for reference in var.token_from : can(regex("^(ssm:[^#]+|secretsmanager:[^#]+(#.+)?)$", reference))])
    error_message = "token_from must be references like ssm:github-token or secretsmanager:prod/github-backup#TOKEN_GITHUB."
  }
}

variable "github_app" {
  description = "A GitHub App instead of a token: its id, and where its private key is (`ssm:NAME`, `secretsmanager:NAME#KEY`)."
  type        = object({ id = string, key_from = string })
  default     = null

  validation {
    condition     = var.github_app == null || can(regex("^(ssm:[^#]+|secretsmanager:[^#]+(#.+)?)$", var.github_app.key_from))
    error_message = "github_app.key_from must be a reference like ssm:gitark-app-key."
  }
}

variable "slack_webhook_from" {
  description = "Where the address of a Slack webhook is, e.g. `ssm:slack-webhook-url`. Without it nothing is told in Slack."
  type        = string
  default     = null

  validation {
    condition     = var.slack_webhook_from == null || can(regex("^(ssm:[^#]+|secretsmanager:[^#]+(#.+)?)$", var.slack_webhook_from))
    error_message = "slack_webhook_from must be a reference like ssm:slack-webhook-url."
  }
}

variable "secrets_kms_key_arns" {
  description = "Keys of your own that the secrets and parameters are encrypted with."
  type        = list(string)
  default     = []
}

# When.

variable "schedule" {
  description = "When to back up, as EventBridge Scheduler writes it. Default: the first of each month in mode `single`, Sunday 05:00 in mode `fleet`."
  type        = string
  default     = null

  validation {
    condition     = var.schedule == null || can(regex("^(cron\\(([^ ]+ ){5}[^ ]+\\)|rate\\([0-9]+ (minute|hour|day)s?\\)|at\\([0-9T:-]+\\))$", var.schedule))
    error_message = "schedule must be cron(minute hour day month weekday year), rate(N days) or at(YYYY-MM-DDThh:mm:ss)."
  }
}

variable "schedule_time_zone" {
  description = "Time zone of the schedules. Default: `UTC` in mode `single`, `Asia/Tokyo` in mode `fleet`."
  type        = string
  default     = null
}

variable "schedule_window_minutes" {
  description = "Start within so many minutes after the time; 0 starts at it."
  type        = number
  default     = 0

  validation {
    condition     = var.schedule_window_minutes >= 0 && var.schedule_window_minutes <= 1440
    error_message = "schedule_window_minutes must be between 0 and 1440."
  }
}

variable "schedule_enabled" {
  description = "`false` keeps the schedules and stops them."
  type        = bool
  default     = true
}

variable "verify_schedule" {
  description = "When to verify a sample of the vault and restore from it, in the same time zone; null never."
  type        = string
  default     = "cron(0 12 ? * WED *)"

  validation {
    condition     = var.verify_schedule == null || can(regex("^(cron\\(([^ ]+ ){5}[^ ]+\\)|rate\\([0-9]+ (minute|hour|day)s?\\))$", var.verify_schedule))
    error_message = "verify_schedule must be cron(minute hour day month weekday year) or rate(N days)."
  }
}

# The program.

variable "package" {
  description = "The functions' zip, from a release or made by infra/package.sh: a `path` on this machine, or an object in S3 (`bucket`, `key`, `version`)."
  type        = object({ path = optional(string), bucket = optional(string), key = optional(string), version = optional(string) })

  validation {
    condition     = (var.package.path != null) != (var.package.bucket != null && var.package.key != null)
    error_message = "package must have either path, or bucket and key."
  }
}

variable "architecture" {
  description = "What the package and the image are built for: `x86_64` or `arm64`."
  type        = string
  default     = "x86_64"

  validation {
    condition     = contains(["x86_64", "arm64"], var.architecture)
    error_message = "architecture must be x86_64 or arm64."
  }
}

variable "image" {
  description = "The container image, with a registry that this account can read. Mode `fleet`; null makes a registry (output `registry_url`) and takes `image_tag` from it."
  type        = string
  default     = null
}

variable "image_tag" {
  description = "Tag of the image in the registry that is made here."
  type        = string
  default     = "latest"
}

variable "function_memory_mb" {
  description = "Memory of the functions that synchronise and verify. CPU goes with it."
  type        = number
  default     = 2048

  validation {
    condition     = var.function_memory_mb >= 256 && var.function_memory_mb <= 10240
    error_message = "function_memory_mb must be between 256 and 10240."
  }
}

variable "function_storage_mb" {
  description = "Size of /tmp of these functions: the largest first pack must fit."
  type        = number
  default     = 10240

  validation {
    condition     = var.function_storage_mb >= 512 && var.function_storage_mb <= 10240
    error_message = "function_storage_mb must be between 512 and 10240."
  }
}

variable "max_invocations" {
  description = "Mode `single`: how often the function may be invoked in one run, at most."
  type        = number
  default     = 96

  validation {
    condition     = var.max_invocations >= 1 && var.max_invocations <= 1000
    error_message = "max_invocations must be between 1 and 1000."
  }
}

variable "max_concurrency" {
  description = "Mode `fleet`: repositories at once, at most."
  type        = number
  default     = 40

  validation {
    condition     = var.max_concurrency >= 1 && var.max_concurrency <= 1000
    error_message = "max_concurrency must be between 1 and 1000."
  }
}

variable "large_worker_threshold_mb" {
  description = "Mode `fleet`: repositories that GitHub calls larger than this go to a container at once."
  type        = number
  default     = 2048

  validation {
    condition     = var.large_worker_threshold_mb >= 0
    error_message = "large_worker_threshold_mb must not be negative."
  }
}

variable "task_cpu" {
  description = "CPU of a container, in units of 1/1024."
  type        = number
  default     = 1024

  validation {
    condition     = contains([512, 1024, 2048, 4096, 8192, 16384], var.task_cpu)
    error_message = "task_cpu must be 512, 1024, 2048, 4096, 8192 or 16384."
  }
}

variable "task_memory_mb" {
  description = "Memory of a container; Fargate allows 2 to 8 times as many MB as CPU units."
  type        = number
  default     = 4096

  validation {
    condition     = var.task_memory_mb >= 2 * var.task_cpu && var.task_memory_mb <= 8 * var.task_cpu && var.task_memory_mb % 1024 == 0
    error_message = "task_memory_mb must be 2 to 8 times task_cpu, in steps of 1024."
  }
}

variable "task_timeout_hours" {
  description = "A container that runs longer is stopped."
  type        = number
  default     = 24
}

# The bucket.

variable "kms_key_arn" {
  description = "A key of your own for the bucket, logs and alarms; null makes one. Its policy must let CloudWatch Logs and CloudWatch alarms use it."
  type        = string
  default     = null
}

variable "noncurrent_days" {
  description = "Versions of objects that were overwritten or deleted are kept for so many days."
  type        = number
  default     = 30

  validation {
    condition     = var.noncurrent_days >= 1
    error_message = "noncurrent_days must be at least 1."
  }
}

variable "object_lock" {
  description = "Hold each version for so many days: `{ mode = \"GOVERNANCE\" or \"COMPLIANCE\", days = 30 }`. Can only be set when the bucket is made."
  type        = object({ mode = string, days = number })
  default     = null

  validation {
    condition     = var.object_lock == null || (contains(["GOVERNANCE", "COMPLIANCE"], try(var.object_lock.mode, "")) && try(var.object_lock.days, 0) >= 1)
    error_message = "object_lock.mode must be GOVERNANCE or COMPLIANCE, and object_lock.days at least 1."
  }
}

variable "replica" {
  description = "A copy of the bucket in another region: `{ region = \"eu-west-1\", bucket = \"NAME\" }`."
  type        = object({ region = string, bucket = string })
  default     = null

  validation {
    condition     = var.replica == null || var.create_bucket
    error_message = "replica needs create_bucket = true: replication is a setting of the bucket."
  }
}

variable "force_destroy" {
  description = "`terraform destroy` deletes the bucket and the registry with all that is in them. Leave it off."
  type        = bool
  default     = false
}

variable "trusted_principal_arns" {
  description = "Who may take the roles to read, restore and prune; empty makes the policies only."
  type        = list(string)
  default     = []
}

# The network and the file system, in mode `fleet`.

variable "network" {
  description = "A VPC that is there; its public subnets must lead to the internet. null makes one."
  type        = object({ vpc_id = string, public_subnet_ids = list(string), private_subnet_ids = optional(list(string), []) })
  default     = null
}

variable "vpc_cidr" {
  description = "Addresses of the VPC that is made."
  type        = string
  default     = "172.30.0.0/16"

  validation {
    condition     = can(cidrsubnet(var.vpc_cidr, 4, 3))
    error_message = "vpc_cidr must be an IPv4 range such as 172.30.0.0/16."
  }
}

variable "inspection_instance" {
  description = "A small machine to look at the file system with, over Session Manager. It is stopped until you start it."
  type        = bool
  default     = false

  validation {
    condition     = !var.inspection_instance || var.vault != "s3"
    error_message = "inspection_instance needs a vault on EFS."
  }
}

# What is told.

variable "alarm_emails" {
  description = "Addresses that alarms are sent to; each must confirm once."
  type        = list(string)
  default     = []
}

variable "max_age_hours" {
  description = "Alarm when the last backup without failures is older. Default: 32 days in mode `single`, 8 days in mode `fleet`. Fits the schedule, please."
  type        = number
  default     = null

  validation {
    condition     = var.max_age_hours == null || try(var.max_age_hours >= 1, false)
    error_message = "max_age_hours must be at least 1."
  }
}

variable "dashboard" {
  description = "Make a CloudWatch dashboard."
  type        = bool
  default     = true
}

variable "log_retention_days" {
  description = "Logs are kept for so many days."
  type        = number
  default     = 90

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be one that CloudWatch Logs knows, such as 30, 90 or 365."
  }
}
