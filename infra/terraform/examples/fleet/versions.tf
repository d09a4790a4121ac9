terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }

  # The state, with versions and a lock, in a bucket that is there before anything else:
  #   terraform init -backend-config="bucket=MY-STATE-BUCKET" -backend-config="region=MY-REGION"
  backend "s3" {
    key          = "github-backup/fleet.tfstate"
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = { Application = "github-backup" }
  }
}
