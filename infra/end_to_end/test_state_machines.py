"""The state machines as Terraform declares them, executed, with workers that do what a test says.

usage: python -m unittest test_state_machines
"""
import json
import os
import pathlib
import tempfile
import time
import unittest
from contextlib import ExitStack

import applier
import servers

DECLARED = pathlib.Path(os.environ["DECLARED"])
MACHINES = {"aws_iam_role", "aws_iam_role_policy", "aws_s3_bucket", "aws_sfn_state_machine"}


class Workers:
    """What functions and containers answer: for each name the answers in turn, the last one again and again."""

    def __init__(self):
        self.answers, self.asked = {}, []

    def set(self, **answers):
        self.answers = {name: list(said) if isinstance(said, tuple) else [said] for name, said in answers.items()}
        self.asked.clear()

    def __call__(self, _, body):
        data = body["input"]
        name = data["FunctionName"].split(":")[-1].removeprefix("github-backup-") if "FunctionName" in data else "task"
        self.asked.append((name, data))
        said = self.answers[name]
        answer = said.pop(0) if len(said) > 1 else said[0]
        if callable(answer):
            answer = answer(data)
        if isinstance(answer, Error):
            return {"error": answer.name, "cause": answer.cause}
        return {"result": {"Payload": answer} if name != "task" else answer}

    def inputs(self, name):
        return [data for asked, data in self.asked if asked == name]

    def names(self):
        return [name for name, _ in self.asked]


class Error:
    def __init__(self, name, cause="because"):
        self.name, self.cause = name, cause


def ended(exit_code):
    """A task whose container ended so."""
    return Error("States.TaskFailed", json.dumps({"TaskArn": "task", "Containers": [{"Name": "RepoSync", **({} if exit_code is None else {"ExitCode": exit_code})}]}))


THROTTLED = Error("Lambda.TooManyRequestsException")
TASK = {"TaskArn": "task", "Containers": [{"ExitCode": 0}]}
SMALL = {"owner": "octocat", "repo": "hello", "size_kb": 12}
LARGE = {"owner": "octocat", "repo": "huge", "size_kb": 40 * 1024 * 1024, "run": "20261121T050000Z-1"}
BACKED_UP = {"owner": "octocat", "repo": "hello", "outcome": "changed", "reason": None}


class Machines(unittest.TestCase):
    """Machines of one variant; `setUpClass` of a subclass says which."""

    variant = None

    @classmethod
    def setUpClass(cls):
        stack = ExitStack()
        cls.addClassCleanup(stack.close)
        directory = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cls.workers = Workers()
        workers = stack.enter_context(servers.receiver(cls.workers))
        cls.url = stack.enter_context(servers.ministack(directory, WORKERS_URL=workers))
        applier.apply(cls.url, json.loads(DECLARED.read_text())[cls.variant], MACHINES)
        cls.machines = applier.client(cls.url, "stepfunctions")
        cls.arn = f"arn:aws:states:{servers.REGION}:{servers.ACCOUNT}:stateMachine:github-backup-"

    def execute(self, machine, input_=None):
        """The end of an execution."""
        execution = self.machines.start_execution(stateMachineArn=self.arn + machine, input=json.dumps(input_ or {}))["executionArn"]
        deadline = time.monotonic() + 60
        while (end := self.machines.describe_execution(executionArn=execution))["status"] == "RUNNING":
            self.assertLess(time.monotonic(), deadline, "the execution does not end")
            time.sleep(0.02)
        return end

    def succeeds(self, machine, input_=None):
        end = self.execute(machine, input_)
        self.assertEqual(end["status"], "SUCCEEDED", end)
        return json.loads(end["output"])

    def fails(self, machine, input_=None):
        end = self.execute(machine, input_)
        self.assertEqual(end["status"], "FAILED", end)
        return end["error"], end.get("cause", "")


class BackupLoop(Machines):
    variant = "single"

    def test_it_goes_on_until_nothing_is_left(self):
        left = {"done": False, "verdict": "partial", "left": 3}
        self.workers.set(backup=(left, left, {"done": True, "verdict": "done", "left": 0}))
        self.succeeds("BackupLoop")
        self.assertEqual([data["Payload"]["attempt"] for data in self.workers.inputs("backup")], [1, 2, 3])

    def test_it_goes_on_after_a_function_that_was_ended(self):
        self.workers.set(backup=(Error("Sandbox.Timedout"), Error("Runtime.ExitError"), {"done": True, "verdict": "done"}))
        self.succeeds("BackupLoop")

    def test_it_waits_where_it_is_throttled(self):
        self.workers.set(backup=(THROTTLED, THROTTLED, {"done": True, "verdict": "done"}))
        self.succeeds("BackupLoop")

    def test_what_failed_in_part_is_a_failure_with_all_counts(self):
        self.workers.set(backup={"done": True, "verdict": "partial", "repositories": {"failed": 1}})
        error, cause = self.fails("BackupLoop")
        self.assertEqual(error, "partial")
        self.assertEqual(json.loads(cause)["repositories"], {"failed": 1})

    def test_the_reason_of_a_function_is_that_of_the_execution(self):
        self.workers.set(backup=Error("Unauthorized", "GitHub refused the token"))
        self.assertEqual(self.fails("BackupLoop"), ("Unauthorized", "GitHub refused the token"))

    def test_it_ends_at_some_time(self):
        self.workers.set(backup={"done": False, "verdict": "partial", "left": 1})
        error, cause = self.fails("BackupLoop")
        self.assertEqual((error, len(self.workers.asked)), ("not_done", 96))
        self.assertIn("the next run goes on", cause)


class SyncTask(Machines):
    variant = "fleet"

    def test_a_small_repository_is_done_by_a_function(self):
        self.workers.set(sync=BACKED_UP)
        self.assertEqual(self.succeeds("SyncTask", SMALL), BACKED_UP)
        self.assertEqual(self.workers.names(), ["sync"])

    def test_without_a_size_it_is_looked_up(self):
        self.workers.set(size={"owner": "octocat", "repo": "hello", "size_kb": 12}, sync=BACKED_UP)
        self.succeeds("SyncTask", {"owner": "octocat", "repo": "hello"})
        self.assertEqual(self.workers.names(), ["size", "sync"])
        self.assertEqual(self.workers.inputs("sync")[0]["Payload"]["size_kb"], 12)

    def test_a_large_repository_is_done_in_a_container(self):
        self.workers.set(task=TASK)
        self.succeeds("SyncTask", LARGE)
        task = self.workers.inputs("task")[0]
        self.assertEqual(task["Overrides"]["ContainerOverrides"][0]["Command"], ["sync", "--run", LARGE["run"], "octocat/huge"])
        self.assertEqual(task["Overrides"]["EphemeralStorage"]["SizeInGiB"], 21 + 120)
        self.assertEqual(task["CapacityProviderStrategy"][0]["CapacityProvider"], "FARGATE_SPOT")

    def test_no_disk_is_larger_than_fargate_has(self):
        self.workers.set(task=TASK)
        self.succeeds("SyncTask", {**LARGE, "size_kb": 100 * 1024 * 1024})
        self.assertEqual(self.workers.inputs("task")[0]["Overrides"]["EphemeralStorage"]["SizeInGiB"], 200)

    def test_without_a_run_the_container_has_none(self):
        self.workers.set(task=TASK)
        for run in ({}, {"run": None}):
            self.succeeds("SyncTask", {"owner": "octocat", "repo": "huge", "size_kb": 4 * 1024 * 1024, **run})
            self.assertEqual(self.workers.inputs("task")[-1]["Overrides"]["ContainerOverrides"][0]["Command"], ["sync", "octocat/huge"])

    def test_a_function_that_does_not_suffice_hands_over_to_a_container(self):
        for name in ("NeedsLargerWorker", "Sandbox.Timedout", "Runtime.ExitError", "Runtime.OutOfMemory", "Lambda.Unknown"):
            self.workers.set(sync=Error(name), task=TASK)
            self.succeeds("SyncTask", SMALL)
            self.assertEqual(self.workers.names(), ["sync", "task"], name)
            self.assertEqual(self.workers.inputs("task")[0]["Overrides"]["ContainerOverrides"][0]["Command"], ["sync", "octocat/hello"])

    def test_spot_is_tried_twice_and_then_capacity_on_demand(self):
        self.workers.set(task=(ended(137), ended(None), TASK))
        self.succeeds("SyncTask", LARGE)
        providers = [task["CapacityProviderStrategy"][0]["CapacityProvider"] for task in self.workers.inputs("task")]
        self.assertEqual(providers, ["FARGATE_SPOT", "FARGATE_SPOT", "FARGATE"])

    def test_a_container_that_ended_by_itself_is_not_tried_again(self):
        for code, word in ((1, "failed"), (3, "partial"), (4, "damage")):
            self.workers.set(task=ended(code))
            error, cause = self.fails("SyncTask", LARGE)
            self.assertEqual((error, len(self.workers.asked)), (word, 1))
            self.assertIn(f"octocat/huge ended with exit code {code}", cause)

    def test_no_capacity_at_all_is_a_reason(self):
        self.workers.set(task=Error("AmazonECS.Unknown", "Capacity is unavailable at this time"))
        self.assertEqual(self.fails("SyncTask", LARGE), ("AmazonECS.Unknown", "Capacity is unavailable at this time"))
        providers = [task["CapacityProviderStrategy"][0]["CapacityProvider"] for task in self.workers.inputs("task")]
        self.assertEqual(providers, ["FARGATE_SPOT"] * 8 + ["FARGATE"] * 4)

    def test_a_repository_that_failed_has_its_reason(self):
        self.workers.set(sync={"owner": "octocat", "repo": "hello", "outcome": "failed", "reason": "gone_or_forbidden"})
        self.assertEqual(self.fails("SyncTask", SMALL)[0], "gone_or_forbidden")

    def test_without_a_name_it_says_what_to_give(self):
        error, cause = self.fails("SyncTask", {"repository": "octocat/hello"})
        self.assertEqual(error, "usage")
        self.assertIn('{"owner": "octocat", "repo": "hello"}', cause)

    def test_throttled_functions_are_tried_again(self):
        self.workers.set(size=(THROTTLED, {"owner": "octocat", "repo": "hello", "size_kb": 1}), sync=(THROTTLED, THROTTLED, BACKED_UP))
        self.succeeds("SyncTask", {"owner": "octocat", "repo": "hello"})


class BatchWorker(Machines):
    variant = "fleet"

    def listed(self, items, key="github/runs/2026/11/21/items.json"):
        s3 = applier.client(self.url, "s3")
        if items is not None:
            s3.put_object(Bucket="my-backups", Key=key, Body=json.dumps(items))
        return {"run": LARGE["run"], "bucket": "my-backups", "key": key, "items": len(items or []), "unchanged": 3}

    def test_each_item_has_a_worker_and_finish_joins_what_they_found(self):
        items = [{**SMALL, "repo": f"r{number}"} for number in range(40)]
        self.workers.set(list=self.listed(items), sync=BACKED_UP, finish={"verdict": "done", "repositories": {"changed": 40}})
        self.assertEqual(self.succeeds("BatchWorker")["repositories"], {"changed": 40})
        self.assertEqual(sorted(data["Payload"]["repo"] for data in self.workers.inputs("sync")), sorted(item["repo"] for item in items))
        finish = self.workers.inputs("finish")[0]["Payload"]
        self.assertEqual({name: finish[name] for name in ("run", "bucket", "key")}, {"run": LARGE["run"], "bucket": "my-backups", "key": "github/runs/2026/11/21/items.json"})
        self.assertIn(":execution:", finish["execution"])

    def test_failures_of_all_do_not_keep_finish_from_running(self):
        self.workers.set(list=self.listed([SMALL, LARGE]), sync=Error("Network"), task=ended(1), finish={"verdict": "partial", "repositories": {"failed": 2}})
        error, cause = self.fails("BatchWorker")
        self.assertEqual((error, json.loads(cause)["repositories"]), ("partial", {"failed": 2}))

    def test_a_list_without_items_is_done(self):
        self.workers.set(list=self.listed([]), finish={"verdict": "done"})
        self.succeeds("BatchWorker")
        self.assertEqual(self.workers.names(), ["list", "finish"])

    def test_items_that_cannot_be_read_are_left_to_finish(self):
        self.workers.set(list=self.listed(None, "github/runs/none.json"), finish={"verdict": "failed"})
        self.assertEqual(self.fails("BatchWorker")[0], "failed")
        self.assertEqual(self.workers.inputs("finish")[0]["Payload"]["error"]["Error"], "States.ItemReaderFailed")

    def test_a_listing_that_failed_says_why(self):
        self.workers.set(list=Error("BadSecret", "the secret prod/github-backup has no key TOKEN_GITHUB"))
        self.assertEqual(self.fails("BatchWorker"), ("BadSecret", "the secret prod/github-backup has no key TOKEN_GITHUB"))

    def test_verifying(self):
        self.workers.set(verify={"verdict": "done", "checked": 9, "damaged": 0})
        self.assertEqual(self.succeeds("VerifyWorker")["checked"], 9)
        self.workers.set(verify={"verdict": "damage", "checked": 9, "damaged": 1})
        self.assertEqual(self.fails("VerifyWorker")[0], "damage")

    def test_the_watch_tells_how_old_runs_are(self):
        self.workers.set(verify={"verdict": "done", "checked": 9, "damaged": 0})
        self.succeeds("VerifyWorker")
        self.succeeds("Watch")
        metrics = applier.client(self.url, "cloudwatch").list_metrics(Namespace="gitark")["Metrics"]
        told = {(metric["MetricName"], metric["Dimensions"][0]["Value"]) for metric in metrics}
        machines = ("github-backup-BatchWorker", "github-backup-VerifyWorker")
        self.assertEqual(told, {(name, machine) for name in ("HoursSinceStart", "HoursSinceSuccess") for machine in machines})


class OnEfs(Machines):
    """Handlers in containers: their answers come by way of S3."""

    variant = "fleet_on_efs"

    def run_task(self, answers):
        """A container that puts the answer of the handler that it is asked for where the command says."""

        def run(data):
            command = data["Overrides"]["ContainerOverrides"][0]["Command"]
            if command[0] == "lambda":
                _, handler, _, input_, _, output = command
                self.inputs[handler] = json.loads(input_)
                bucket, _, key = output.removeprefix("s3://").partition("/")
                applier.client(self.url, "s3").put_object(Bucket=bucket, Key=key, Body=json.dumps(answers[handler]))
            else:
                self.synchronised.append(command[-1])
            return TASK

        return run

    def setUp(self):
        self.inputs, self.synchronised = {}, []

    def test_all_of_a_run_is_done_in_containers(self):
        key = "state-machines/runs/items.json"
        applier.client(self.url, "s3").put_object(Bucket="my-backups", Key=key, Body=json.dumps([SMALL, LARGE]))
        answers = {"list": {"run": LARGE["run"], "bucket": "my-backups", "key": key}, "finish": {"verdict": "done", "repositories": {"new": 2}}}
        self.workers.set(task=self.run_task(answers))
        self.assertEqual(self.succeeds("BatchWorker")["repositories"], {"new": 2})
        self.assertEqual(sorted(self.synchronised), ["octocat/hello", "octocat/huge"])
        self.assertEqual((self.inputs["finish"]["run"], self.inputs["finish"]["key"]), (LARGE["run"], key))

    def test_verifying(self):
        self.workers.set(task=self.run_task({"verify": {"verdict": "damage", "checked": 9, "damaged": 1}}))
        self.assertEqual(self.fails("VerifyWorker")[0], "damage")


if __name__ == "__main__":
    unittest.main()
