#!/usr/bin/env python3
"""A stand-in for the provider hashicorp/aws: the real one's schema (schema/schema.json), and no AWS behind it.

The real Terraform can init, validate, plan and test with it, offline. It refuses what the schema refuses, arguments that
only AWS decides, and values that are not among those that AWS knows (from botocore's service models). It gives ARNs and
ids at plan time, made from names as AWS makes them, so that a plan is known to its last word: policies, definitions of
state machines, settings of functions.
"""
import hashlib
import json
import os
import pathlib
import sys

import tf.provider
from tf.gen import tfplugin_pb2 as protocol
from tf.runner import run_provider
from tf.types import Unknown
from tf.utils import read_dynamic_value, to_dynamic_value

SCHEMA = json.loads((pathlib.Path(__file__).resolve().parent / "schema" / "schema.json").read_text())
ACCOUNT = os.environ.get("STUB_ACCOUNT", "123456789012")
REGION = os.environ.get("AWS_REGION", "us-east-1")
NESTING = {"single": 1, "list": 2, "set": 3, "map": 4}

# What AWS makes of a resource's name: the ARN, and the id, when that is not the ARN. {hash} is made from all arguments.
ARNS = {
    "aws_cloudwatch_dashboard": ("cloudwatch::{account}:dashboard/{dashboard_name}", "{dashboard_name}"),
    "aws_cloudwatch_log_group": ("logs:{region}:{account}:log-group:{name}", "{name}"),
    "aws_cloudwatch_metric_alarm": ("cloudwatch:{region}:{account}:alarm:{alarm_name}", "{alarm_name}"),
    "aws_ecr_repository": ("ecr:{region}:{account}:repository/{name}", "{name}"),
    "aws_ecs_cluster": ("ecs:{region}:{account}:cluster/{name}", None),
    "aws_ecs_task_definition": ("ecs:{region}:{account}:task-definition/{family}:1", "{family}"),
    "aws_efs_access_point": ("elasticfilesystem:{region}:{account}:access-point/fsap-{hash}", "fsap-{hash}"),
    "aws_efs_file_system": ("elasticfilesystem:{region}:{account}:file-system/fs-{hash}", "fs-{hash}"),
    "aws_iam_instance_profile": ("iam::{account}:instance-profile/{name}", "{name}"),
    "aws_iam_policy": ("iam::{account}:policy/{name}", None),
    "aws_iam_role": ("iam::{account}:role/{name}", "{name}"),
    "aws_instance": ("ec2:{region}:{account}:instance/i-{hash}", "i-{hash}"),
    "aws_internet_gateway": ("ec2:{region}:{account}:internet-gateway/igw-{hash}", "igw-{hash}"),
    "aws_kms_key": ("kms:{region}:{account}:key/{hash}", "{hash}"),
    "aws_lambda_function": ("lambda:{region}:{account}:function:{function_name}", "{function_name}"),
    "aws_route_table": ("ec2:{region}:{account}:route-table/rtb-{hash}", "rtb-{hash}"),
    "aws_s3_bucket": ("s3:::{bucket}", "{bucket}"),
    "aws_scheduler_schedule": ("scheduler:{region}:{account}:schedule/{group_name}/{name}", "{group_name}/{name}"),
    "aws_scheduler_schedule_group": ("scheduler:{region}:{account}:schedule-group/{name}", "{name}"),
    "aws_security_group": ("ec2:{region}:{account}:security-group/sg-{hash}", "sg-{hash}"),
    "aws_sfn_state_machine": ("states:{region}:{account}:stateMachine:{name}", None),
    "aws_sns_topic": ("sns:{region}:{account}:{name}", None),
    "aws_sqs_queue": ("sqs:{region}:{account}:{name}", "https://sqs.{region}.amazonaws.com/{account}/{name}"),
    "aws_subnet": ("ec2:{region}:{account}:subnet/subnet-{hash}", "subnet-{hash}"),
    "aws_vpc": ("ec2:{region}:{account}:vpc/vpc-{hash}", "vpc-{hash}"),
}
OTHERS = {
    ("aws_ecr_repository", "repository_url"): "{account}.dkr.ecr.{region}.amazonaws.com/{name}",
    ("aws_kms_key", "key_id"): "{hash}",
}

# The argument, and the service model's list that its value must be in.
ENUMS = {
    "aws_cloudwatch_metric_alarm.comparison_operator": ("cloudwatch", "ComparisonOperator"),
    "aws_cloudwatch_metric_alarm.statistic": ("cloudwatch", "Statistic"),
    "aws_ecr_repository.encryption_configuration.encryption_type": ("ecr", "EncryptionType"),
    "aws_ecr_repository.image_tag_mutability": ("ecr", "ImageTagMutability"),
    "aws_ecs_task_definition.network_mode": ("ecs", "NetworkMode"),
    "aws_ecs_task_definition.requires_compatibilities": ("ecs", "Compatibility"),
    "aws_ecs_task_definition.runtime_platform.cpu_architecture": ("ecs", "CPUArchitecture"),
    "aws_ecs_task_definition.runtime_platform.operating_system_family": ("ecs", "OSFamily"),
    "aws_ecs_task_definition.volume.efs_volume_configuration.transit_encryption": ("ecs", "EFSTransitEncryption"),
    "aws_efs_backup_policy.backup_policy.status": ("efs", "Status"),
    "aws_efs_file_system.lifecycle_policy.transition_to_ia": ("efs", "TransitionToIARules"),
    "aws_efs_file_system.lifecycle_policy.transition_to_primary_storage_class": ("efs", "TransitionToPrimaryStorageClassRules"),
    "aws_efs_file_system.performance_mode": ("efs", "PerformanceMode"),
    "aws_efs_file_system.throughput_mode": ("efs", "ThroughputMode"),
    "aws_lambda_function.architectures": ("lambda", "Architecture"),
    "aws_lambda_function.runtime": ("lambda", "Runtime"),
    "aws_lambda_function.tracing_config.mode": ("lambda", "TracingMode"),
    "aws_s3_bucket_lifecycle_configuration.rule.status": ("s3", "ExpirationStatus"),
    "aws_s3_bucket_object_lock_configuration.rule.default_retention.mode": ("s3", "ObjectLockRetentionMode"),
    "aws_s3_bucket_ownership_controls.rule.object_ownership": ("s3", "ObjectOwnership"),
    "aws_s3_bucket_replication_configuration.rule.destination.storage_class": ("s3", "StorageClass"),
    "aws_s3_bucket_replication_configuration.rule.status": ("s3", "ReplicationRuleStatus"),
    "aws_s3_bucket_server_side_encryption_configuration.rule.apply_server_side_encryption_by_default.sse_algorithm": ("s3", "ServerSideEncryption"),
    "aws_s3_bucket_versioning.versioning_configuration.status": ("s3", "BucketVersioningStatus"),
    "aws_scheduler_schedule.flexible_time_window.mode": ("scheduler", "FlexibleTimeWindowMode"),
    "aws_scheduler_schedule.state": ("scheduler", "ScheduleState"),
    "aws_sfn_state_machine.logging_configuration.level": ("stepfunctions", "LogLevel"),
    "aws_sfn_state_machine.type": ("stepfunctions", "StateMachineType"),
    "aws_vpc_endpoint.vpc_endpoint_type": ("ec2", "VpcEndpointType"),
}
_models = {}


def known_values(service, shape):
    if service not in _models:
        import botocore.session

        _models[service] = botocore.session.get_session().get_service_model(service)
    return _models[service].shape_for(shape).enum


def schema_block(block):
    return protocol.Schema.Block(
        attributes=[
            protocol.Schema.Attribute(
                name=name,
                type=json.dumps(attribute["type"]).encode(),
                required=attribute.get("required", False),
                optional=attribute.get("optional", False),
                computed=attribute.get("computed", False),
            )
            for name, attribute in sorted(block["attributes"].items())
        ],
        block_types=[
            protocol.Schema.NestedBlock(
                type_name=name,
                nesting=NESTING[nested["nesting"]],
                min_items=nested["min"] if nested["nesting"] in ("list", "set") else 0,
                max_items=nested["max"] if nested["nesting"] in ("list", "set") else 0,
                block=schema_block(nested["block"]),
            )
            for name, nested in sorted(block["blocks"].items())
        ],
    )


def schema(block):
    return protocol.Schema(version=0, block=schema_block(block))


def made_by_aws(kind, name, type_, arguments):
    """The value of an attribute that AWS decides, made from the arguments."""
    known = {key: value for key, value in arguments.items() if isinstance(value, (str, int, float, bool, dict)) and value is not Unknown}
    text = json.dumps(known, sort_keys=True, default=str)
    words = {**known, "account": ACCOUNT, "region": arguments.get("region") or REGION, "hash": hashlib.sha256(f"{kind} {text}".encode()).hexdigest()[:17]}
    arn, id_ = ARNS.get(kind, (None, None))
    try:
        if (kind, name) in OTHERS:
            return OTHERS[kind, name].format(**words)
        if name == "arn" and arn:
            return "arn:aws:" + arn.format(**words)
        if name == "id":
            return id_.format(**words) if id_ else "arn:aws:" + arn.format(**words) if arn else f"{kind}-{words['hash']}"
    except KeyError:
        pass
    if type_ == "string":
        return f"{kind}-{name}-{words['hash']}"
    return {"number": 1, "bool": False}.get(type_ if isinstance(type_, str) else "", {} if type_[0] == "map" else [] if isinstance(type_, list) else None)


def policy_statements(document):
    def names(values):
        return values[0] if len(values) == 1 else sorted(values)

    for statement in document.get("statement") or []:
        out = {"Sid": statement["sid"]} if statement.get("sid") else {}
        out["Effect"] = statement.get("effect") or "Allow"
        for key, word in (("actions", "Action"), ("not_actions", "NotAction"), ("resources", "Resource"), ("not_resources", "NotResource")):
            if statement.get(key):
                out[word] = names(statement[key])
        for key, word in (("principals", "Principal"), ("not_principals", "NotPrincipal")):
            if statement.get(key):
                everyone = any(principal["type"] == "*" for principal in statement[key])
                out[word] = "*" if everyone else {principal["type"]: names(principal["identifiers"]) for principal in statement[key]}
        conditions = {}
        for condition in statement.get("condition") or []:
            conditions.setdefault(condition["test"], {})[condition["variable"]] = names(condition["values"])
        if conditions:
            out["Condition"] = conditions
        yield out


def policy_document(document):
    statements = [statement for source in document.get("source_policy_documents") or [] for statement in json.loads(source)["Statement"]]
    statements += policy_statements(document)
    sids = [statement["Sid"] for statement in statements if "Sid" in statement]
    if len(sids) != len(set(sids)):
        raise ValueError(f"duplicate Sid in {sids}")
    text = json.dumps({"Version": document.get("version") or "2012-10-17", "Statement": statements})
    return {"json": text, "minified_json": text, "id": hashlib.sha256(text.encode()).hexdigest()}


DATA = {
    "aws_availability_zones": lambda _: {"names": [REGION + letter for letter in "abc"], "id": REGION},
    "aws_caller_identity": lambda _: {"account_id": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:root", "id": ACCOUNT, "user_id": ACCOUNT},
    "aws_iam_policy_document": policy_document,
    "aws_partition": lambda _: {"partition": "aws", "dns_suffix": "amazonaws.com", "id": "aws"},
    "aws_region": lambda _: {"name": REGION, "region": REGION, "id": REGION},
    "aws_ssm_parameter": lambda config: {"insecure_value": "ami-00000000000000000", "value": "ami-00000000000000000", "id": config["name"]},
}


def error(summary, path):
    steps = [protocol.AttributePath.Step(attribute_name=step) if isinstance(step, str) else protocol.AttributePath.Step(element_key_int=step) for step in path]
    return protocol.Diagnostic(severity=1, summary=summary, detail=".".join(map(str, path)), attribute=protocol.AttributePath(steps=steps))


def check(kind, block, config, path, found):
    """Adds what AWS would refuse and the schema does not show."""
    for name, attribute in block["attributes"].items():
        value = config.get(name)
        if value is None:
            continue
        if attribute.get("computed") and not attribute.get("optional"):
            found.append(error(f'Can\'t configure a value for "{name}": its value will be decided automatically', path + [name]))
        enum = ENUMS.get(".".join([kind] + [step for step in path if isinstance(step, str)] + [name]))
        if enum and value is not Unknown:
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, str) and one not in known_values(*enum):
                    found.append(error(f'"{name}" must be one of {", ".join(known_values(*enum))}; got "{one}"', path + [name]))
    for name, nested in block["blocks"].items():
        value = config.get(name)
        for index, one in enumerate([value] if isinstance(value, dict) else value if isinstance(value, list) else []):
            if isinstance(one, dict):
                check(kind, nested["block"], one, path + ([name, index] if nested["nesting"] == "list" else [name]), found)


def has_unknown(value):
    if isinstance(value, dict):
        return any(map(has_unknown, value.values()))
    return any(map(has_unknown, value)) if isinstance(value, list) else value is Unknown


def decide(kind, state, config):
    """Puts in what AWS decides and has not decided yet, unless an argument is not known yet."""
    for name, attribute in SCHEMA["resources"][kind]["attributes"].items():
        if config.get(name) is None and (state.get(name) is None or state[name] is Unknown):
            decided = attribute.get("computed") and not attribute.get("optional") or name == "id"
            state[name] = (Unknown if has_unknown(config) else made_by_aws(kind, name, attribute["type"], config)) if decided else None


class Stub(tf.provider.ProviderServicer):
    """Plugin protocol 6."""

    def __init__(self):
        pass

    def GetMetadata(self, request, context):
        return protocol.GetMetadata.Response(server_capabilities=protocol.ServerCapabilities(plan_destroy=True))

    def GetProviderSchema(self, request, context):
        return protocol.GetProviderSchema.Response(
            provider=schema(SCHEMA["provider"]),
            provider_meta=protocol.Schema(block=protocol.Schema.Block()),
            resource_schemas={name: schema(block) for name, block in SCHEMA["resources"].items()},
            data_source_schemas={name: schema(block) for name, block in SCHEMA["data_sources"].items()},
            server_capabilities=protocol.ServerCapabilities(plan_destroy=True),
        )

    def ValidateProviderConfig(self, request, context):
        return protocol.ValidateProviderConfig.Response()

    def ValidateResourceConfig(self, request, context):
        found = []
        check(request.type_name, SCHEMA["resources"][request.type_name], read_dynamic_value(request.config), [], found)
        return protocol.ValidateResourceConfig.Response(diagnostics=found)

    def ValidateDataResourceConfig(self, request, context):
        return protocol.ValidateDataResourceConfig.Response()

    def ConfigureProvider(self, request, context):
        return protocol.ConfigureProvider.Response()

    def StopProvider(self, request, context):
        return protocol.StopProvider.Response()

    def UpgradeResourceState(self, request, context):
        return protocol.UpgradeResourceState.Response(upgraded_state=to_dynamic_value(json.loads(request.raw_state.json)))

    def ReadResource(self, request, context):
        return protocol.ReadResource.Response(new_state=request.current_state)

    def PlanResourceChange(self, request, context):
        state = read_dynamic_value(request.proposed_new_state)
        if state is None:
            return protocol.PlanResourceChange.Response(planned_state=request.proposed_new_state)
        decide(request.type_name, state, read_dynamic_value(request.config))
        return protocol.PlanResourceChange.Response(planned_state=to_dynamic_value(state))

    def ApplyResourceChange(self, request, context):
        state = read_dynamic_value(request.planned_state)
        if state is None:
            return protocol.ApplyResourceChange.Response(new_state=request.planned_state)
        decide(request.type_name, state, read_dynamic_value(request.config))
        return protocol.ApplyResourceChange.Response(new_state=to_dynamic_value(state))

    def ReadDataSource(self, request, context):
        state = read_dynamic_value(request.config)
        try:
            known = DATA.get(request.type_name, lambda _: {})(state)
        except ValueError as problem:
            return protocol.ReadDataSource.Response(diagnostics=[error(str(problem), [])])
        for name, attribute in SCHEMA["data_sources"][request.type_name]["attributes"].items():
            if state.get(name) is None:
                decided = attribute.get("computed") and not attribute.get("optional") or name == "id"
                state[name] = known.get(name, made_by_aws(request.type_name, name, attribute["type"], {}) if decided else None)
        return protocol.ReadDataSource.Response(state=to_dynamic_value(state))

    def GetFunctions(self, request, context):
        return protocol.GetFunctions.Response()


class Provider:
    """What the runner asks of a provider."""

    def full_name(self):
        return "registry.terraform.io/hashicorp/aws"


tf.provider.ProviderServicer = lambda _: Stub()
run_provider(Provider(), sys.argv)
