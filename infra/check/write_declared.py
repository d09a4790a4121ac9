#!/usr/bin/env python3
"""Writes what each variant of the module declares, as JSON, for tests that create it elsewhere.

usage: write_declared.py FILE ACCOUNT REGION
"""
import json
import pathlib
import sys
import tempfile

import terraform
import variants

file, account, region = sys.argv[1:]
with tempfile.TemporaryDirectory() as scratch:
    declared = variants.declared(terraform.Terraform(scratch, account, region))
pathlib.Path(file).write_text(json.dumps(declared))
