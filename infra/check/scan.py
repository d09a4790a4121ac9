#!/usr/bin/env python3
"""Has checkov look at the module in all its variants. A finding is mended, or answered in words beside what it is about.

usage: scan.py CHECKOV
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import terraform
import variants


def main():
    with tempfile.TemporaryDirectory() as scratch:
        module, root = pathlib.Path(scratch) / "module", pathlib.Path(scratch) / "variants"
        shutil.copytree(terraform.MODULE, module)
        variants.write(root, module)
        # The variants are on this machine, so their sources have no hash and no tag.
        options = ["--framework", "terraform", "--compact", "--quiet", "--skip-download", "--skip-check", "CKV_TF_1,CKV_TF_2"]
        # Its telemetry and guidelines would go over the network.
        environment = {**os.environ, "BC_SKIP_MAPPING": "TRUE", "CHECKOV_RUN_SCA_PACKAGE_SCAN_V2": "false", "LOG_LEVEL": "ERROR"}
        done = subprocess.run([sys.argv[1], "--directory", root, *options], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        print("\n".join(line for line in done.stdout.splitlines() if line.strip()))
        sys.exit(done.returncode)


if __name__ == "__main__":
    main()
