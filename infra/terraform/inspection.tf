# A small machine to look at the file system with: over Session Manager, without a key pair and without an open port. It is
# stopped until somebody starts it (and then `sudo -i`, `ls /mnt/efs`).

data "aws_ssm_parameter" "amazon_linux" {
  count = var.inspection_instance ? 1 : 0

  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
}

data "aws_iam_policy_document" "inspection" {
  count = var.inspection_instance ? 1 : 0

  statement {
    sid       = "Mount"
    actions   = ["elasticfilesystem:ClientMount"]
    resources = [aws_efs_file_system.vault[0].arn]
    condition {
      test     = "StringEquals"
      variable = "elasticfilesystem:AccessPointArn"
      values   = [aws_efs_access_point.inspection[0].arn]
    }
  }
}

resource "aws_iam_role" "inspection" {
  count = var.inspection_instance ? 1 : 0

  name               = "${var.name}-inspection"
  description        = "The inspection instance of ${var.name}"
  assume_role_policy = data.aws_iam_policy_document.trust["ec2.amazonaws.com"].json
}

resource "aws_iam_role_policy" "inspection" {
  count = var.inspection_instance ? 1 : 0

  name   = "mount"
  role   = aws_iam_role.inspection[0].id
  policy = data.aws_iam_policy_document.inspection[0].json
}

resource "aws_iam_role_policy_attachment" "session_manager" {
  count = var.inspection_instance ? 1 : 0

  role       = aws_iam_role.inspection[0].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/AmazonSSMManagedInstanceCore"
}

resource "aws_iam_instance_profile" "inspection" {
  count = var.inspection_instance ? 1 : 0

  name = "${var.name}-inspection"
  role = aws_iam_role.inspection[0].name
}

resource "aws_security_group" "inspection" {
  count = var.inspection_instance ? 1 : 0

  name        = "${var.name}-inspection"
  description = "The inspection instance of ${var.name}: out to AWS, nothing in"
  vpc_id      = local.vpc_id
}

resource "aws_vpc_security_group_egress_rule" "inspection_https" {
  count = var.inspection_instance ? 1 : 0

  security_group_id = aws_security_group.inspection[0].id
  description       = "Session Manager, packages"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_instance" "inspection" {
  count = var.inspection_instance ? 1 : 0

  # checkov:skip=CKV_AWS_88: Session Manager must be reached, and a NAT gateway or three endpoints would cost more than all the rest; no port is open.
  # checkov:skip=CKV_AWS_126: It is for looking, and stopped.
  ami                         = data.aws_ssm_parameter.amazon_linux[0].insecure_value
  instance_type               = "t4g.nano"
  subnet_id                   = local.public_subnet_ids[0]
  associate_public_ip_address = true
  vpc_security_group_ids      = [aws_security_group.inspection[0].id]
  iam_instance_profile        = aws_iam_instance_profile.inspection[0].name
  ebs_optimized               = true
  user_data_replace_on_change = true

  user_data = <<-SCRIPT
    #!/bin/bash
    set -eu
    dnf install -y amazon-efs-utils git-core
    mkdir -p /mnt/efs
    echo '${aws_efs_file_system.vault[0].id}:/ /mnt/efs efs _netdev,nofail,ro,tls,iam,accesspoint=${aws_efs_access_point.inspection[0].id} 0 0' >> /etc/fstab
    mount -a
  SCRIPT

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
  }

  root_block_device {
    encrypted   = true
    volume_type = "gp3"
    volume_size = 8
  }

  tags = { Name = "${var.name}-inspection" }

  # A newer image is no reason to make the machine anew.
  lifecycle {
    ignore_changes = [ami]
  }

  depends_on = [aws_efs_mount_target.vault]
}

# Started by hand when it is needed. The next apply stops it again.
resource "aws_ec2_instance_state" "inspection" {
  count = var.inspection_instance ? 1 : 0

  instance_id = aws_instance.inspection[0].id
  state       = "stopped"
}
