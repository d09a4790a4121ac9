#!/usr/bin/env python3
"""Lints the state machines that each variant of the module declares, and compares what they do with what their roles allow.

usage: state_machines.py DIRECTORY-OF-NODE-MODULES
"""
import pathlib
import subprocess
import sys
import tempfile

import permissions
import terraform
import variants

# What statelint does not know: fields of distributed maps; and JSON has one kind of number.
UNKNOWN_TO_STATELINT = ('Field "Label" not allowed', 'Field "InputType" not allowed', "should be a Float")


def lint(definition, tools):
    """What two linters say of a definition."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(definition)
        file.flush()
        said = subprocess.run([pathlib.Path(sys.executable).parent / "statelint", file.name], capture_output=True, text=True).stdout
        lines = [line.strip() for line in said.splitlines() if line.startswith(" ")]
        found = [line for line in lines if not any(text in line for text in UNKNOWN_TO_STATELINT)]
        done = subprocess.run(["node", tools / ".bin/asl-validator", "--json-path", file.name], capture_output=True, text=True)
        if done.returncode != 0:
            found.append((done.stdout + done.stderr).strip())
        return found


def main():
    tools = pathlib.Path(sys.argv[1])
    found = []
    with tempfile.TemporaryDirectory() as scratch:
        declared = variants.declared(terraform.Terraform(scratch))
    seen = set()
    for variant, resources in declared.items():
        machines = [values for kind, _, values in resources if kind == "aws_sfn_state_machine"]
        for machine in machines:
            if machine["definition"] not in seen:
                seen.add(machine["definition"])
                found += [f"{variant}: {machine['name']}: {line}" for line in lint(machine["definition"], tools)]
            found += [f"{variant}: {machine['name']}: {line}" for line in permissions.differences(machine, resources)]
        found += [f"{variant}: {line}" for line in permissions.unnamed(resources)]
    for line in found:
        print(line)
    print(f"{len(seen)} definitions of {len(declared)} variants: {len(found)} findings")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
