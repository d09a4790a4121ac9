#!/usr/bin/env python3
"""MiniStack 1.5.33 on 127.0.0.1, made more like AWS where it differs and it matters here.

- Containers of ECS run on this machine's network, by the engine at DOCKER_HOST, with the credentials of their task's role.
- Volumes of EFS are directories below EFS_ROOT.
- `ecs:runTask.sync` gives the task in the words of the API, and fails when a container does not end with 0, as AWS documents it.
- `aws-sdk:s3:getObject`, which it does not have, gives the text of an object, as AWS does.
- With WORKERS_URL, what a state machine asks of functions and containers is asked there instead: {resource, input} is posted,
  {"result": …} or {"error": …, "cause": …} comes back.

It replaces functions within MiniStack, so the version is pinned.

usage: ministack_server.py PORT
"""
import json
import os
import sys
import urllib.request

port = sys.argv.pop()
os.environ.update(
    BIND_HOST="127.0.0.1", GATEWAY_PORT=port, MINISTACK_HOST="127.0.0.1", IOT_MTLS_ENABLED="0", SFTP_ENABLED="0",
    LAMBDA_EXECUTOR="local", MINISTACK_REGION=os.environ["AWS_REGION"], AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}",
)

from ministack.app import main  # noqa: E402
from ministack.core.lambda_runtime import execution_credentials  # noqa: E402
from ministack.services import ecs, stepfunctions  # noqa: E402

EFS_ROOT = os.environ.get("EFS_ROOT")
WORKERS_URL = os.environ.get("WORKERS_URL")


def with_role(task_arn, cluster_arn, definition, container, launch_type, environment, host_mode, address):
    token = register_metadata(task_arn, cluster_arn, definition, container, launch_type, environment, True, address)
    if definition.get("taskRoleArn"):
        environment.pop("AWS_CONTAINER_CREDENTIALS_FULL_URI", None)
        environment.pop("AWS_CONTAINER_AUTHORIZATION_TOKEN", None)
        function = {
            "Role": definition["taskRoleArn"],
            "FunctionName": f"ecs-{definition['family']}",
            "FunctionArn": task_arn.replace(":ecs:", ":lambda:").replace(":task/", ":function:"),
        }
        environment.update(execution_credentials(function))
        environment["AWS_REGION"] = environment["AWS_DEFAULT_REGION"] = task_arn.split(":")[3]
        environment["AWS_ENDPOINT_URL"] = os.environ["AWS_ENDPOINT_URL"]
    return token


def on_this_network(container, definition, environment, ports, network, host_mode, *rest):
    arguments = build_run_kwargs(container, definition, environment, None, network, True, *rest)
    arguments["ports"] = None
    arguments.pop("platform", None)
    return arguments


def with_file_systems(definition, container):
    binds = list(docker_binds(definition, container))
    systems = {volume["name"]: volume["efsVolumeConfiguration"]["fileSystemId"] for volume in definition.get("volumes", []) if volume.get("efsVolumeConfiguration")}
    for mount in container.get("mountPoints", []):
        if mount.get("sourceVolume") in systems:
            directory = os.path.join(EFS_ROOT, systems[mount["sourceVolume"]])
            os.makedirs(directory, exist_ok=True)
            os.chmod(directory, 0o777)
            binds.append(f"{directory}:{mount['containerPath']}:rw")
    return binds


def api_words(value):
    """The names of Step Functions, which begin with capitals."""
    if isinstance(value, list):
        return [api_words(one) for one in value]
    return {key[:1].upper() + key[1:]: api_words(one) for key, one in value.items()} if isinstance(value, dict) else value


def run_task(resource, data):
    answer = api_words(invoke_run_task(resource, data))
    if answer.get("Failures"):
        raise stepfunctions._ExecutionError("AmazonECS.Unknown", json.dumps(answer["Failures"]))
    task = answer["Tasks"][0]
    if any(container.get("ExitCode") != 0 for container in task.get("Containers", [])):
        raise stepfunctions._ExecutionError("States.TaskFailed", json.dumps(task, default=str))
    return task


def invoke(resource, data):
    if resource.endswith(":aws-sdk:s3:getObject"):
        return {"Body": stepfunctions._s3_object_text(data["Bucket"], data["Key"])}
    if not WORKERS_URL or not resource.endswith((":lambda:invoke", ":ecs:runTask.sync")):
        return invoke_resource(resource, data)
    body = json.dumps({"resource": resource.split(":::")[1], "input": data}).encode()
    with urllib.request.urlopen(urllib.request.Request(WORKERS_URL, body, {"Content-Type": "application/json"})) as answer:
        said = json.load(answer)
    if "error" in said:
        raise stepfunctions._ExecutionError(said["error"], said["cause"])
    return said["result"]


register_metadata, ecs._register_metadata = ecs._register_metadata, with_role
build_run_kwargs, ecs._build_run_kwargs = ecs._build_run_kwargs, on_this_network
docker_binds, ecs._docker_binds_from_taskdef = ecs._docker_binds_from_taskdef, with_file_systems
invoke_run_task = stepfunctions._invoke_ecs_run_task
for table in [value for value in vars(stepfunctions).values() if isinstance(value, dict)]:
    for key in [key for key, value in table.items() if value is invoke_run_task]:
        table[key] = run_task
stepfunctions._invoke_ecs_run_task = run_task
invoke_resource, stepfunctions._invoke_resource = stepfunctions._invoke_resource, invoke

main()
