#!/usr/bin/env python3
"""Proves the checks: each mistake that is made on purpose must be found.

In the module's files, by `terraform validate`; in rights and state machines, by the comparison of the two and the linters.

usage: mutations.py DIRECTORY-OF-NODE-MODULES
"""
import copy
import json
import pathlib
import re
import sys
import tempfile

import permissions
import state_machines
import terraform
import variants

# What is done wrong, in which file, what is replaced by what.
MISTAKES = [
    ("a misspelt argument", "functions.tf", r"memory_size  ", "memory_sice  "),
    ("a missing argument", "functions.tf", r"\n  role  .*", ""),
    ("a missing nested argument", "scheduler.tf", r"\n    mode  .*", ""),
    ("a missing block", "scheduler.tf", r"\n  flexible_time_window \{.*?\n  \}\n", "\n"),
    ("a misspelt block", "tasks.tf", r"runtime_platform \{", "runtime_plattform {"),
    ("a misspelt nested argument", "scheduler.tf", r"maximum_retry_attempts", "max_retry_attempts"),
    ("a block twice", "tasks.tf", r"  runtime_platform \{", "  runtime_platform {}\n  runtime_platform {"),
    ("a misspelt type", "scheduler.tf", r'"aws_scheduler_schedule_group" "this"', '"aws_schedular_group" "this"'),
    ("an attribute that is not there", "secrets.tf", r"\Z", '\noutput "x" {\n  value = aws_sns_topic.alarms.arnn\n}\n'),
    ("a dangling reference", "alarms.tf", r"aws_sns_topic\.alarms\.arn\]\n  ok", "aws_sns_topic.alarm.arn]\n  ok"),
    ("a wrong type", "bucket.tf", r"block_public_acls       = true", 'block_public_acls       = "perhaps"'),
    ("a list for a word", "tasks.tf", r'network_mode             = "awsvpc"', 'network_mode             = ["awsvpc"]'),
    ("what only AWS decides", "alarms.tf", r'(resource "aws_sns_topic" "alarms" \{\n)', r'\1  arn = "x"\n'),
    ("an argument of an old version", "bucket.tf", r"  force_destroy ", "  versioning_enabled = true\n  force_destroy "),
    ("a misspelt argument of a data source", "roles.tf", r"identifiers = \[each.value\]", "identifier = [each.value]"),
    ("an unknown runtime", "functions.tf", r'"provided.al2023"', '"provided.al2999"'),
    ("an unknown encryption", "bucket.tf", r'"aws:kms"', '"aws:km"'),
    ("an unknown variable", "functions.tf", r"var\.architecture", "var.architectur"),
]


def mistakes_in_files(tools):
    """The mistakes that validate does not find."""
    missed = []
    with tempfile.TemporaryDirectory() as scratch:
        program = terraform.Terraform(scratch)
        program.init(program.module)
        for what, name, pattern, replacement in MISTAKES:
            file = program.module / name
            right = file.read_text()
            wrong = re.sub(pattern, replacement, right, count=1, flags=re.S if "\\{" in pattern else 0)
            if wrong == right:
                missed.append(f"{what}: nothing to change in {name}")
            file.write_text(wrong)
            if program.run(program.module, "validate", "-no-color")[0] == 0:
                missed.append(f"{what} in {name}")
            file.write_text(right)
    return missed, len(MISTAKES)


def mistakes_in_rights(declared):
    """Rights that can be taken from a machine, or given to it, without being found."""
    missed, tried = [], 0
    for variant, resources in declared.items():
        machines = {values["role_arn"].split("/")[-1]: values for kind, _, values in resources if kind == "aws_sfn_state_machine"}
        policies = [(index, values) for index, (kind, _, values) in enumerate(resources) if kind == "aws_iam_role_policy" and values["role"] in machines]
        for index, values in policies:
            machine, document = machines[values["role"]], json.loads(values["policy"])
            changes = [(number, action) for number, statement in enumerate(document["Statement"]) for action in permissions.listed(statement["Action"])]
            for number, action in [*changes, (0, None)]:
                changed = copy.deepcopy(document)
                statement = changed["Statement"][number]
                statement["Action"] = [one for one in permissions.listed(statement["Action"]) if one != action] if action else [*permissions.listed(statement["Action"]), "iam:CreateUser"]
                other = list(resources)
                other[index] = (*resources[index][:2], {**values, "policy": json.dumps(changed)})
                tried += 1
                # s3:GetObject on the work of state machines is there twice where a wider right covers a narrower one.
                if not permissions.differences(machine, other) and not covered(document, number, action):
                    missed.append(f"{variant}: {machine['name']} without {action}" if action else f"{variant}: {machine['name']} with iam:CreateUser")
    return missed, tried


def covered(document, number, action):
    """Whether another statement allows the action on the same, or on more."""
    resources = permissions.listed(document["Statement"][number]["Resource"])
    wider = [resource for index, statement in enumerate(document["Statement"]) if index != number and action in permissions.listed(statement["Action"]) for resource in permissions.listed(statement["Resource"])]
    return all(any(one.startswith(resource.rstrip("*")) for resource in wider) for one in resources)


def mistakes_in_definitions(declared, tools):
    """Mistakes in a state machine that the linters do not find."""
    definition = next(values["definition"] for kind, _, values in declared["fleet"] if kind == "aws_sfn_state_machine" and values["name"].endswith("SyncTask"))
    changes = {
        "a state that is not there": ('"Next": "RepoSync"', '"Next": "RepoSink"'),
        "an unknown field": ('"TimeoutSeconds"', '"TimeoutSecond"'),
        "a state without an end": ('"Done": { "Type": "Succeed" }', '"Done": { "Type": "Pass" }'),
        "an unknown type": ('"Type": "Choice"', '"Type": "Choose"'),
        "a bad expression": ("{% $attempt < 3 %}", "{% $attempt < %}"),
    }
    missed = []
    for what, (right, wrong) in changes.items():
        if right not in definition or not state_machines.lint(definition.replace(right, wrong, 1), tools):
            missed.append(what)
    return missed, len(changes)


def main():
    tools = pathlib.Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as scratch:
        declared = variants.declared(terraform.Terraform(scratch))
    failed = False
    for what, (missed, tried) in {
        "Terraform": mistakes_in_files(tools), "rights": mistakes_in_rights(declared), "state machines": mistakes_in_definitions(declared, tools),
    }.items():
        print(f"{what}: {tried - len(missed)} of {tried} mistakes found")
        for line in missed:
            print(f"  MISSED {line}")
        failed |= bool(missed)
    sys.exit(failed)


if __name__ == "__main__":
    main()
