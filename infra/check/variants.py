"""The configurations that are looked at: each mode with what changes its state machines and rights."""
import json

BASE = {"bucket": "my-backups", "package": {"bucket": "my-packages", "key": "gitark-lambda.zip"}}

VARIANTS = {
    "single": {**BASE, "mode": "single", "secret_name": "prod/github-backup"},
    "single_with_everything": {
        **BASE, "mode": "single", "secret_name": "prod/github-backup", "archives": True, "archive_prefix": "archives",
        "slack_webhook_from": "ssm:slack-webhook-url", "object_lock": {"mode": "GOVERNANCE", "days": 30},
        "replica": {"region": "eu-central-1", "bucket": "my-backups-copy"}, "alarm_emails": ["me@example.com"],
        "schedule_window_minutes": 15, "trusted_principal_arns": ["arn:aws:iam::123456789012:role/people"], "sources": ["octocat", "my-org/tool"],
    },
    "single_never_verified": {**BASE, "mode": "single", "secret_name": "prod/github-backup", "verify_schedule": None},
    "fleet": {**BASE, "mode": "fleet", "token_from": ["ssm:github-token"], "slack_webhook_from": "ssm:slack-webhook-url"},
    "fleet_with_both_vaults": {**BASE, "mode": "fleet", "vault": "both", "token_from": ["ssm:github-token"], "inspection_instance": True},
    "fleet_on_efs": {
        **BASE, "mode": "fleet", "vault": "efs", "github_app": {"id": "12345", "key_from": "secretsmanager:gitark#KEY"},
        "slack_webhook_from": "ssm:slack-webhook-url", "inspection_instance": True, "secrets_kms_key_arns": ["arn:aws:kms:eu-west-1:123456789012:key/1"],
    },
    "fleet_in_a_vpc_that_is_there": {
        **BASE, "mode": "fleet", "token_from": ["ssm:github-token"], "create_bucket": False, "kms_key_arn": "arn:aws:kms:eu-west-1:123456789012:key/2",
        "image": "registry.example.com/gitark:1", "network": {"vpc_id": "vpc-1", "public_subnet_ids": ["subnet-1"], "private_subnet_ids": []},
    },
}


def write(directory, module, called=None):
    """A configuration that calls the module once for each variant."""
    directory.mkdir()
    calls = []
    for name, variables in (called or VARIANTS).items():
        arguments = "".join(f"  {key} = {json.dumps(value)}\n" for key, value in variables.items())
        calls.append(f'module "{name}" {{\n  source = "{module}"\n{arguments}}}\n')
    (directory / "main.tf").write_text("".join(calls))


def declared(terraform, called=None):
    """Each variant with the resources that it declares: type, address in the module, values."""
    root = terraform.scratch / "variants"
    write(root, terraform.module, called)
    terraform.init(root)
    modules = terraform.declared(root)["root_module"]["child_modules"]
    return {module["address"].removeprefix("module."): list(resources(module)) for module in modules}


def resources(module):
    """Type, address within its module, and values of all resources of a module and those within it."""
    prefix = f"{module['address']}." if "address" in module else ""
    for resource in module.get("resources", []):
        if resource["mode"] == "managed":
            yield resource["type"], resource["address"].removeprefix(prefix), resource["values"]
    for child in module.get("child_modules", []):
        yield from resources(child)
