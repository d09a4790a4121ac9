# What is refused before anything is made.

variables {
  bucket      = "my-backups"
  secret_name = "prod/github-backup"
  package     = { bucket = "my-packages", key = "gitark-lambda.zip" }
}

run "an_unknown_mode" {
  command = plan
  variables {
    mode = "double"
  }
  expect_failures = [var.mode]
}

run "no_token" {
  command = plan
  variables {
    secret_name = null
  }
  expect_failures = [var.secret_name]
}

run "a_token_itself" {
  command = plan
  variables {
    token_from = ["ghp_abc"]
  }
  expect_failures = [var.token_from]
}

run "a_token_among_the_settings" {
  command = plan
  variables {
    settings = { GITHUB_TOKEN = "ghp_abc" }
  }
  expect_failures = [var.settings]
}

run "efs_without_containers" {
  command = plan
  variables {
    vault = "efs"
  }
  expect_failures = [var.vault]
}

run "a_bad_schedule" {
  command = plan
  variables {
    schedule = "cron(0 3)"
  }
  expect_failures = [var.schedule]
}

run "a_package_in_two_places" {
  command = plan
  variables {
    package = { path = "gitark-lambda.zip", bucket = "my-packages", key = "gitark-lambda.zip" }
  }
  expect_failures = [var.package]
}

run "a_retention_that_is_not_known" {
  command = plan
  variables {
    log_retention_days = 10
  }
  expect_failures = [var.log_retention_days]
}

run "an_unknown_lock" {
  command = plan
  variables {
    object_lock = { mode = "SOMETIMES", days = 1 }
  }
  expect_failures = [var.object_lock]
}

run "a_prefix_with_slashes" {
  command = plan
  variables {
    prefix = "/github/"
  }
  expect_failures = [var.prefix]
}
