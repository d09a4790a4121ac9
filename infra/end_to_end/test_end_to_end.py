"""Everything together, as Terraform declares it: schedule, state machines, functions, containers, rights, on an AWS on this
machine, with the program itself.

usage: python -m unittest test_end_to_end
    GITARK_ZIP        the functions' zip
    GITARK_IMAGE      the directory of the image, of infra/package.sh
    GITHUB_EMULATOR   the program
    TERRAFORM_PYTHON  a Python with Terraform (infra/check/requirements.txt)
"""
import datetime
import json
import os
import pathlib
import subprocess
import tempfile
import time
import unittest
from contextlib import ExitStack

from botocore.exceptions import ClientError

import applier
import container_engine
import servers
import upstream

CHECK = pathlib.Path(__file__).resolve().parent.parent / "check"
SMALL = 37
IMAGE = "localhost/gitark:test"
BUCKET, PREFIX = "my-backups", "github"


class World(unittest.TestCase):
    """GitHub, Slack and AWS; a subclass says which variables the module gets."""

    variables = {}
    containers = False
    small = SMALL

    @classmethod
    def setUpClass(cls):
        if cls.containers and (lacking := container_engine.missing()):
            raise unittest.SkipTest(lacking)
        stack = ExitStack()
        cls.addClassCleanup(stack.close)
        cls.directory = directory = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cls.root = directory / "github"
        upstream.fill(cls.root, cls.small)
        private = ["--private", f"{upstream.OWNER}/secret"]
        cls.github = stack.enter_context(upstream.served(os.environ["GITHUB_EMULATOR"], cls.root, directory, *private, *cls.github_options()))
        cls.told = []
        slack = stack.enter_context(servers.receiver(lambda _, body: cls.told.append(body) or {}))
        # With a pause between its looks at a container.
        settings = {"SFN_WAIT_SCALE": "1", "EFS_ROOT": str(directory / "efs")}
        if cls.containers:
            settings["DOCKER_HOST"] = stack.enter_context(container_engine.engine(directory, pathlib.Path(os.environ["GITARK_IMAGE"]), IMAGE))
        cls.aws = stack.enter_context(servers.ministack(directory, **settings))
        cls.s3 = applier.client(cls.aws, "s3")
        cls.s3.create_bucket(Bucket="my-packages", CreateBucketConfiguration={"LocationConstraint": servers.REGION})
        cls.s3.upload_file(os.environ["GITARK_ZIP"], "my-packages", "gitark-lambda.zip")
        cls.secrets(slack)
        cls.resources = cls.declared()
        applier.apply(cls.aws, cls.resources)
        cls.machines = applier.client(cls.aws, "stepfunctions")
        cls.arn = f"arn:aws:states:{servers.REGION}:{servers.ACCOUNT}:stateMachine:github-backup-"

    @classmethod
    def github_options(cls):
        return []

    @classmethod
    def secrets(cls, slack):
        """The token and the webhook, and a secret that is nobody's business."""
        parameters = applier.client(cls.aws, "ssm")
        for name, value in (("github-token", upstream.TOKEN), ("slack-webhook-url", f"{slack}/hook"), ("another-secret", "x")):
            parameters.put_parameter(Name=name, Value=value, Type="SecureString")
        secret = {"TOKEN_GITHUB": upstream.TOKEN, "BACKUP_ONLY_OWNER_REPOS": "True", "BACKUP_S3_BUCKET": BUCKET, "BACKUP_S3_PREFIX": PREFIX}
        applier.client(cls.aws, "secretsmanager").create_secret(Name="prod/github-backup", SecretString=json.dumps(secret))

    @classmethod
    def declared(cls):
        """What Terraform declares with this class's variables."""
        variables = {
            "bucket": BUCKET, "prefix": PREFIX, "package": {"bucket": "my-packages", "key": "gitark-lambda.zip"}, "slack_webhook_from": "ssm:slack-webhook-url",
            # Of what is around the code, the issues alone: a worker has a fortieth of what GitHub allows in a minute, and waits.
            "settings": {"GITHUB_API_URL": cls.github, "GITARK_ONLY": "issues"}, **cls.variables,
        }
        file = cls.directory / "declared.json"
        command = [os.environ["TERRAFORM_PYTHON"], CHECK / "write_declared.py", file, servers.ACCOUNT, servers.REGION, json.dumps({"backup": variables})]
        subprocess.run(command, check=True)
        return json.loads(file.read_text())["backup"]

    def end(self, execution):
        deadline = time.monotonic() + 600
        while (end := self.machines.describe_execution(executionArn=execution))["status"] == "RUNNING":
            self.assertLess(time.monotonic(), deadline, "the execution does not end")
            time.sleep(0.1)
        return end

    def execute(self, machine, input_=None):
        return self.end(self.machines.start_execution(stateMachineArn=self.arn + machine, input=json.dumps(input_ or {}))["executionArn"])

    def by_schedule(self, name, machine):
        """The end of the execution that a schedule starts, whose time is made to be now."""
        values = next(values for kind, _, values in self.resources if kind == "aws_scheduler_schedule" and values["name"] == name)
        soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=2)
        values = {**values, "name": f"{name}-now", "schedule_expression": f"at({soon:%Y-%m-%dT%H:%M:%S})", "schedule_expression_timezone": "UTC"}
        applier.schedule(self.aws, values)
        deadline = time.monotonic() + 60
        while not (started := self.machines.list_executions(stateMachineArn=self.arn + machine)["executions"]):
            self.assertLess(time.monotonic(), deadline, "the schedule starts nothing")
            time.sleep(0.1)
        return self.end(started[0]["executionArn"])

    def keys(self, prefix=""):
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=f"{PREFIX}/{prefix}")
        return [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    def report(self):
        """The newest report of a run."""
        key = max(key for key in self.keys("runs/") if key.count("/") == 5 and key.endswith(".json"))
        return json.loads(self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().splitlines()[0])

    def assert_equal_to_github(self, name):
        """The vault's repository is GitHub's, by git itself."""
        place = f"127.0.0.1/{upstream.OWNER}/{name}/{name}.git/"
        with tempfile.TemporaryDirectory() as copy:
            for key in self.keys(place):
                file = pathlib.Path(copy) / key.removeprefix(f"{PREFIX}/{place}")
                file.parent.mkdir(parents=True, exist_ok=True)
                self.s3.download_file(BUCKET, key, str(file))
            upstream.git(copy, "fsck", "--full", "--strict")
            names = ("for-each-ref", "--format=%(refname) %(objectname)", "refs/heads", "refs/tags")
            self.assertEqual(upstream.git(copy, *names), upstream.git(self.root / upstream.OWNER / f"{name}.git", *names), name)

    def as_role(self, role, service):
        """A client with the rights of a role."""
        session = applier.client(self.aws, "sts").assume_role(RoleArn=f"arn:aws:iam::{servers.ACCOUNT}:role/{role}", RoleSessionName="test")["Credentials"]
        return applier.client(self.aws, service, session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"])

    def assert_refused(self, call, **arguments):
        with self.assertRaises(ClientError) as refused:
            call(**arguments)
        self.assertIn("AccessDenied", refused.exception.response["Error"]["Code"])

    def assert_no_token(self):
        """The token is nowhere where it may not be."""
        for key in self.keys():
            self.assertNotIn(upstream.TOKEN.encode(), self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read(), key)
        self.assertNotIn(upstream.TOKEN, json.dumps(self.told))
        self.assertNotIn(upstream.TOKEN, (self.directory / "ministack.log").read_text(errors="replace"))


class Fleet(World):
    containers = True
    variables = {"mode": "fleet", "token_from": ["ssm:github-token"], "image": IMAGE, "large_worker_threshold_mb": 1}

    def test_from_the_schedule_to_slack(self):
        end = self.by_schedule("backup", "BatchWorker")
        self.assertEqual((end["status"], end.get("error")), ("FAILED", "partial"), end)
        counts = json.loads(end["cause"])["repositories"]
        self.assertEqual((counts["new"], counts["failed"]), (SMALL + 3, 1), counts)

        for name in [*(f"small-{number:02}" for number in range(SMALL)), "secret", "huge"]:
            self.assert_equal_to_github(name)
        self.assertIn("broken", json.dumps(self.told), self.told)
        self.assertEqual(len(self.told), 1, self.told)
        self.assert_no_token()

        tasks = applier.client(self.aws, "ecs")
        ran = tasks.list_tasks(cluster="github-backup", desiredStatus="STOPPED")["taskArns"]
        self.assertEqual(len(ran), 1, "only the huge repository goes to a container")

        # A second run: only what failed is tried again.
        end = self.execute("BatchWorker")
        counts = json.loads(end["cause"])["repositories"]
        self.assertEqual((counts["new"], counts["changed"], counts["failed"]), (0, 0, 1), counts)

        # And it repairs itself.
        broken = self.root / upstream.OWNER / "broken.git"
        upstream.git(broken, "mktree", stdin=f"100644 blob {upstream.git(broken, 'hash-object', '--stdin', stdin=b'broken 2' + chr(10).encode())}\tfile\n".encode())
        upstream.commit(broken, b"new\n", "Mended")
        end = self.execute("BatchWorker")
        self.assertEqual(end["status"], "SUCCEEDED", end)
        self.assert_equal_to_github("broken")

        # One alone.
        upstream.commit(self.root / upstream.OWNER / "small-00.git", b"more\n", "More")
        end = self.execute("SyncTask", {"owner": upstream.OWNER, "repo": "small-00"})
        self.assertEqual(end["status"], "SUCCEEDED", end)
        self.assertEqual(json.loads(end["output"])["outcome"], "changed")
        self.assert_equal_to_github("small-00")
        end = self.execute("SyncTask", {"owner": upstream.OWNER, "repo": "nothing-here"})
        self.assertEqual((end["status"], end["error"]), ("FAILED", "GoneOrForbidden"), end)

        # And it is whole.
        end = self.execute("VerifyWorker")
        self.assertEqual(end["status"], "SUCCEEDED", end)

    def test_roles_have_no_more_rights_than_they_need(self):
        for role in ("github-backup-function-sync", "github-backup-function-list"):
            self.as_role(role, "s3").put_object(Bucket=BUCKET, Key=f"{PREFIX}/cache/x", Body=b"x")
            self.assert_refused(self.as_role(role, "s3").delete_object, Bucket=BUCKET, Key=f"{PREFIX}/cache/x")
            self.assert_refused(self.as_role(role, "s3").put_object, Bucket=BUCKET, Key="elsewhere/x", Body=b"x")
            self.assert_refused(self.as_role(role, "ssm").get_parameter, Name="another-secret", WithDecryption=True)
            self.assertEqual(self.as_role(role, "ssm").get_parameter(Name="github-token", WithDecryption=True)["Parameter"]["Value"], upstream.TOKEN)
        self.assert_refused(self.as_role("github-backup-function-finish", "ssm").get_parameter, Name="github-token", WithDecryption=True)


class FleetOnEfs(World):
    """No function reaches the vault, so containers do everything but look sizes up."""

    containers = True
    small = 2
    variables = {"mode": "fleet", "vault": "efs", "token_from": ["ssm:github-token"], "image": IMAGE, "max_concurrency": 2}

    def test_all_is_done_in_containers(self):
        end = self.execute("BatchWorker")
        self.assertEqual((end["status"], end.get("error")), ("FAILED", "partial"), end)
        (system,) = (self.directory / "efs").iterdir()
        owner = system / "vault/127.0.0.1" / upstream.OWNER
        for name in ("small-00", "small-01", "secret", "huge"):
            vault, names = owner / name / f"{name}.git", ("for-each-ref", "--format=%(refname) %(objectname)", "refs/heads", "refs/tags")
            upstream.git(vault, "-c", "safe.directory=*", "fsck", "--full", "--strict")
            self.assertEqual(upstream.git(vault, "-c", "safe.directory=*", *names), upstream.git(self.root / upstream.OWNER / f"{name}.git", *names), name)
        self.assertEqual(owner.stat().st_mode & 0o777, 0o750)
        self.assertEqual(len(self.told), 1, self.told)
        end = self.execute("VerifyWorker")
        self.assertEqual(end["status"], "SUCCEEDED", end)


class Single(World):
    """The function has so little time that it must be invoked again and again."""

    variables = {"mode": "single", "secret_name": "prod/github-backup"}
    # So many that what is done is not looked at again.
    small = 60

    @classmethod
    def github_options(cls):
        # Three answers for each of 64 repositories, eight side by side, take at least twelve seconds; the function has ten.
        return ["--latency", "500"]

    @classmethod
    def declared(cls):
        return [(kind, address, {**values, "timeout": 10} if kind == "aws_lambda_function" and values["handler"] == "backup" else values) for kind, address, values in super().declared()]

    def test_the_loop_goes_on_until_all_is_done(self):
        end = self.by_schedule("backup", "BackupLoop")
        self.assertEqual((end["status"], end.get("error")), ("FAILED", "partial"), end)
        for name in [*(f"small-{number:02}" for number in range(self.small)), "secret", "huge"]:
            self.assert_equal_to_github(name)
        invoked = [event for event in self.machines.get_execution_history(executionArn=end["executionArn"], maxResults=1000)["events"] if event["type"] == "TaskScheduled"]
        self.assertGreater(len(invoked), 1, "the test's function has time for everything")
        self.assertEqual(len(self.told), 1, self.told)
        self.assert_no_token()


if __name__ == "__main__":
    unittest.main()
