"""What a state machine does, as IAM actions on resources, and how that differs from what its role allows.

The rules are those that AWS documents for the service integrations of Step Functions, for distributed maps and for the
delivery of logs and traces. An emulator does not enforce the role of a state machine, so it is compared here.
"""
import json

LOGS = {f"logs:{action}" for action in (
    "CreateLogDelivery", "DeleteLogDelivery", "DescribeLogGroups", "DescribeResourcePolicies", "GetLogDelivery",
    "ListLogDeliveries", "PutResourcePolicy", "UpdateLogDelivery",
)}
TRACES = {f"xray:{action}" for action in ("GetSamplingRules", "GetSamplingTargets", "PutTelemetryRecords", "PutTraceSegments")}
RULE = {f"events:{action}" for action in ("DescribeRule", "PutRule", "PutTargets")}


def listed(value):
    return value if isinstance(value, list) else [value]


def states(machine):
    """All states of a definition, those within maps too."""
    for state in machine["States"].values():
        yield state
        if "ItemProcessor" in state:
            yield from states(state["ItemProcessor"])


def constant(text, *, anything="*"):
    """A value of the definition as an ARN or key with `*` for what is only known at run time."""
    if "{%" not in text:
        return text
    inner = text.strip()[2:-2].strip()
    pieces = [piece.strip() for piece in inner.split("&")]
    return "".join(piece[1:-1] if piece.startswith("'") else anything for piece in pieces)


def needed(machine, resources):
    """Pairs of action and resource that the definition makes."""
    arn, name = machine["arn"], machine["name"]
    region, account = arn.split(":")[3:5]
    definition = json.loads(machine["definition"])
    by_kind = {}
    for kind, _, values in resources:
        by_kind.setdefault(kind, []).append(values)
    key = next((values["arn"] for values in by_kind.get("aws_kms_key", []) if not values["region"]), None) or encryption_key(by_kind)
    rule = f"arn:aws:events:{region}:{account}:rule/StepFunctionsGetEventsFor%sRule"
    executions = lambda machine_arn: machine_arn.replace(":stateMachine:", ":execution:")  # noqa: E731
    out = {(action, "*") for action in LOGS | TRACES}
    for state in states(definition):
        arguments = state.get("Arguments") or state.get("Parameters") or {}
        integration = state.get("Resource", "").removeprefix("arn:aws:states:::")
        if integration == "lambda:invoke":
            out.add(("lambda:InvokeFunction", arguments["FunctionName"]))
        elif integration == "ecs:runTask.sync":
            task = next(values for values in by_kind["aws_ecs_task_definition"] if values["arn"] == arguments["TaskDefinition"])
            cluster = arguments["Cluster"].split("/")[-1]
            out.add(("ecs:RunTask", arguments["TaskDefinition"]))
            out |= {(action, f"arn:aws:ecs:{region}:{account}:task/{cluster}/*") for action in ("ecs:DescribeTasks", "ecs:StopTask")}
            out |= {("iam:PassRole", task[role]) for role in ("task_role_arn", "execution_role_arn")}
            out |= {(action, rule % "ECSTask") for action in RULE}
        elif integration == "states:startExecution.sync:2":
            child = arguments["StateMachineArn"]
            out.add(("states:StartExecution", child))
            out |= {(action, f"{executions(child)}:*") for action in ("states:DescribeExecution", "states:StopExecution")}
            out |= {(action, rule % "StepFunctionsExecution") for action in RULE}
        elif integration == "aws-sdk:s3:getObject":
            out |= {("s3:GetObject", f"arn:aws:s3:::{arguments['Bucket']}/{constant(arguments['Key'])}"), ("kms:Decrypt", key)}
        elif integration.startswith("aws-sdk:sfn:"):
            action = integration.split(":")[2]
            out |= {(f"states:{action[0].upper()}{action[1:]}", item["arn"]) for item in definition["States"]["Watch"]["Items"]}
        elif integration == "aws-sdk:cloudwatch:putMetricData":
            out.add(("cloudwatch:PutMetricData", "*"))
        elif integration:
            raise SystemExit(f"{name}: infra/check/permissions.py does not know what {integration} needs")
        if state.get("ItemProcessor", {}).get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED":
            out.add(("states:StartExecution", arn))
            out |= {(action, f"{executions(arn)}/*") for action in ("states:DescribeExecution", "states:StopExecution")}
        if "ItemReader" in state:
            out |= {("s3:GetObject", "ITEMS"), ("kms:Decrypt", key)}
        if "ResultWriter" in state:
            writer = state["ResultWriter"]["Parameters"]
            where = f"arn:aws:s3:::{writer['Bucket']}/{writer['Prefix']}/*"
            out |= {(f"s3:{action}", where) for action in ("AbortMultipartUpload", "GetObject", "ListMultipartUploadParts", "PutObject")}
            out |= {("kms:Decrypt", key), ("kms:GenerateDataKey", key)}
    return out


def encryption_key(by_kind):
    """The key of logs, when the module was given one."""
    return by_kind["aws_cloudwatch_log_group"][0]["kms_key_id"]


def items(resources):
    """Where `list` may write the items of a run: below the vault's runs/, or where GITARK_ITEMS says."""
    for kind, _, values in resources:
        if kind == "aws_lambda_function" and values["handler"] == "list":
            return values["environment"][0]["variables"]["GITARK_VAULT"].replace("s3://", "arn:aws:s3:::") + "/runs/*"
        if kind == "aws_ecs_task_definition":
            settings = {entry["name"]: entry["value"] for entry in json.loads(values["container_definitions"])[0]["environment"]}
            if "GITARK_ITEMS" in settings:
                return settings["GITARK_ITEMS"].replace("s3://", "arn:aws:s3:::") + "/*"
    return None


def allowed(machine, resources):
    """Pairs of action and resource that the machine's role allows."""
    role = machine["role_arn"].split("/")[-1]
    out = set()
    for kind, _, values in resources:
        if kind == "aws_iam_role_policy" and values["role"] == role:
            for statement in json.loads(values["policy"])["Statement"]:
                out |= {(action, resource) for action in listed(statement["Action"]) for resource in listed(statement["Resource"])}
        if kind == "aws_iam_role_policy_attachment" and values["role"] == role:
            out.add(("everything of", values["policy_arn"]))
    return out


def differences(machine, resources):
    """What the role lacks, and what it has too much."""
    where = items(resources)
    does = {(action, where if resource == "ITEMS" else resource) for action, resource in needed(machine, resources)}
    may = allowed(machine, resources)
    # A wider right of the same kind covers a narrower need within the same bucket.
    lacks = {pair for pair in does - may if not any(action == pair[0] and resource.endswith("*") and resource != "*" and pair[1].startswith(resource[:-1]) for action, resource in may)}
    spare = {pair for pair in may - does if not any(action == pair[0] and pair[1].endswith("*") and pair[1] != "*" and resource.startswith(pair[1][:-1]) for action, resource in does)}
    return [f"its role does not allow {action} on {resource}" for action, resource in sorted(lacks)] + [
        f"its role allows {action} on {resource}, which it never does" for action, resource in sorted(spare)
    ]


# Actions for which IAM has no resource to name.
WITHOUT_RESOURCES = LOGS | TRACES | {"cloudwatch:PutMetricData", "ecr:GetAuthorizationToken"}


def unnamed(resources):
    """Rights on everything that could name what they are for."""
    for kind, address, values in resources:
        if kind not in ("aws_iam_role_policy", "aws_iam_policy"):
            continue
        for statement in json.loads(values["policy"])["Statement"]:
            for action in listed(statement["Action"]):
                if "*" in action or ("*" in listed(statement["Resource"]) and action not in WITHOUT_RESOURCES):
                    yield f"{address} allows {action} on {statement['Resource']}"
