terraform {
  # 1.11: the lock of a remote state in S3 needs no table.
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source = "hashicorp/aws"
      # 6: a resource may name its own region, as the copy of the bucket does.
      version = "~> 6.0"
    }
  }
}
