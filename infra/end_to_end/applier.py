"""Creates in an AWS on this machine what Terraform declares: the same functions, roles, rights, state machines, tasks and
schedules, so that tests exercise the configuration itself and not a copy of it."""
import json

import boto3
from botocore.config import Config

from servers import REGION

# In this order; what is not here is made by nobody, and `apply` says so.
MAKERS = {}
# What an emulator gives nothing for: settings, alarms, networks.
LEFT_OUT = {
    "aws_cloudwatch_dashboard", "aws_cloudwatch_log_resource_policy", "aws_cloudwatch_metric_alarm", "aws_default_security_group",
    "aws_ec2_instance_state", "aws_ecr_lifecycle_policy", "aws_ecr_repository", "aws_ecs_cluster_capacity_providers", "aws_efs_access_point",
    "aws_efs_backup_policy", "aws_efs_file_system", "aws_efs_file_system_policy", "aws_efs_mount_target", "aws_iam_instance_profile",
    "aws_iam_policy", "aws_iam_role_policy_attachment", "aws_instance", "aws_internet_gateway", "aws_kms_alias", "aws_route",
    "aws_route_table", "aws_route_table_association", "aws_s3_bucket_lifecycle_configuration", "aws_s3_bucket_ownership_controls",
    "aws_s3_bucket_policy", "aws_s3_bucket_public_access_block", "aws_s3_bucket_server_side_encryption_configuration", "aws_security_group",
    "aws_sns_topic", "aws_sns_topic_policy", "aws_subnet", "aws_vpc", "aws_vpc_endpoint", "aws_vpc_security_group_egress_rule",
    "aws_vpc_security_group_ingress_rule",
}


def client(url, service, key="test", secret="test", token=None):
    return boto3.client(
        service, endpoint_url=url, region_name=REGION, aws_access_key_id=key, aws_secret_access_key=secret, aws_session_token=token,
        config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}, read_timeout=900),
    )


def maker(kind):
    def register(function):
        MAKERS[kind] = function
        return function

    return register


@maker("aws_s3_bucket")
def bucket(url, values):
    client(url, "s3").create_bucket(Bucket=values["bucket"], CreateBucketConfiguration={"LocationConstraint": REGION})


@maker("aws_s3_bucket_versioning")
def versioning(url, values):
    client(url, "s3").put_bucket_versioning(Bucket=values["bucket"], VersioningConfiguration={"Status": values["versioning_configuration"][0]["status"]})


@maker("aws_cloudwatch_log_group")
def log_group(url, values):
    client(url, "logs").create_log_group(logGroupName=values["name"])


@maker("aws_iam_role")
def role(url, values):
    client(url, "iam").create_role(RoleName=values["name"], AssumeRolePolicyDocument=values["assume_role_policy"])


@maker("aws_iam_role_policy")
def role_policy(url, values):
    client(url, "iam").put_role_policy(RoleName=values["role"], PolicyName=values["name"], PolicyDocument=values["policy"])


@maker("aws_lambda_function")
def function(url, values):
    client(url, "lambda").create_function(
        FunctionName=values["function_name"], Runtime=values["runtime"], Role=values["role"], Handler=values["handler"],
        Architectures=values["architectures"], Code={"S3Bucket": values["s3_bucket"], "S3Key": values["s3_key"]},
        MemorySize=values["memory_size"], Timeout=values["timeout"],
        EphemeralStorage={"Size": values["ephemeral_storage"][0]["size"]}, Environment={"Variables": values["environment"][0]["variables"]},
    )


@maker("aws_ecs_cluster")
def cluster(url, values):
    client(url, "ecs").create_cluster(clusterName=values["name"])


@maker("aws_ecs_task_definition")
def task_definition(url, values):
    volumes = []
    for volume in values["volume"]:
        efs = volume["efs_volume_configuration"]
        volumes.append({"name": volume["name"], **({"efsVolumeConfiguration": {"fileSystemId": efs[0]["file_system_id"]}} if efs else {})})
    client(url, "ecs").register_task_definition(
        family=values["family"], requiresCompatibilities=values["requires_compatibilities"], networkMode=values["network_mode"],
        cpu=str(values["cpu"]), memory=str(values["memory"]), executionRoleArn=values["execution_role_arn"], taskRoleArn=values["task_role_arn"],
        containerDefinitions=json.loads(values["container_definitions"]), volumes=volumes,
        ephemeralStorage={"sizeInGiB": values["ephemeral_storage"][0]["size_in_gib"]},
    )


@maker("aws_sqs_queue")
def queue(url, values):
    client(url, "sqs").create_queue(QueueName=values["name"])


@maker("aws_sfn_state_machine")
def state_machine(url, values):
    client(url, "stepfunctions").create_state_machine(name=values["name"], roleArn=values["role_arn"], definition=values["definition"])


@maker("aws_scheduler_schedule_group")
def schedule_group(url, values):
    client(url, "scheduler").create_schedule_group(Name=values["name"])


@maker("aws_scheduler_schedule")
def schedule(url, values):
    target = values["target"][0]
    client(url, "scheduler").create_schedule(
        Name=values["name"], GroupName=values["group_name"], ScheduleExpression=values["schedule_expression"],
        ScheduleExpressionTimezone=values["schedule_expression_timezone"], State=values["state"],
        FlexibleTimeWindow={"Mode": values["flexible_time_window"][0]["mode"]},
        Target={"Arn": target["arn"], "RoleArn": target["role_arn"], "Input": target["input"]},
    )


def apply(url, resources, kinds=None):
    """Makes all resources, or those of some kinds."""
    keys = {}
    for kind, _, values in resources:
        if kind == "aws_kms_key" and not values["region"]:
            # An id that AWS gives: whatever names the key names the real one.
            keys[values["arn"]] = client(url, "kms").create_key(Description=values["description"])["KeyMetadata"]["Arn"]
    unknown = {kind for kind, _, _ in resources} - set(MAKERS) - LEFT_OUT - {"aws_kms_key"}
    if unknown:
        raise ValueError(f"infra/end_to_end/applier.py does not know {', '.join(sorted(unknown))}")
    for kind, make in MAKERS.items():
        for _, address, values in (resource for resource in resources if resource[0] == kind and (kinds is None or kind in kinds)):
            text = json.dumps(values)
            for stand_in, real in keys.items():
                text = text.replace(stand_in, real)
            try:
                make(url, json.loads(text))
            except Exception as problem:
                raise RuntimeError(f"{address} could not be made: {problem}") from problem
