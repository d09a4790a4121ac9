#!/usr/bin/env python3
"""Writes what each variant of the module declares, as JSON, for tests that create it elsewhere.

usage: write_declared.py FILE ACCOUNT REGION [VARIANTS]      VARIANTS is JSON: for each name the module's variables
"""
import json
import pathlib
import sys
import tempfile

import terraform
import variants

file, account, region, *called = sys.argv[1:]
with tempfile.TemporaryDirectory() as scratch:
    declared = variants.declared(terraform.Terraform(scratch, account, region), json.loads(called[0]) if called else None)
pathlib.Path(file).write_text(json.dumps(declared))
