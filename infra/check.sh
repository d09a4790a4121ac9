#!/usr/bin/env bash
# Checks what is around the program: Terraform, state machines, workflows, the container file. Needs no account and, but for
# installing its tools, no network. What is missing on this machine is skipped, and said at the end.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck source=infra/environment.sh
source infra/environment.sh

say() { printf 'infra/check.sh: %s\n' "$*"; }

skipped=()
skip() { skipped+=("$*"); }

if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    say "skipped: everything (it needs python3 with venv; on Debian: apt-get install python3 python3-venv)"
    exit 0
fi

environment infra infra/check/requirements.txt
tools="$PWD/target/tools-infra/bin"
export PYTHONDONTWRITEBYTECODE=1

say "the module's reference"
"$tools/python" infra/check/reference.py

say "terraform fmt, validate and test"
"$tools/python" infra/check/terraform.py

node_modules="$PWD/target/tools-node/node_modules"
if command -v npm >/dev/null; then
    if ! cmp -s infra/check/package.json target/tools-node/package.json; then
        say "asl-validator, into target/tools-node"
        rm -rf target/tools-node
        mkdir -p target/tools-node
        npm install --silent --no-audit --no-fund --prefix target/tools-node asl-validator@"$(sed -n 's/.*"asl-validator": "\(.*\)".*/\1/p' infra/check/package.json)"
        cp infra/check/package.json target/tools-node/package.json
    fi
    say "state machines: statelint, asl-validator, and whether their roles allow what they do and nothing more"
    "$tools/python" infra/check/state_machines.py "$node_modules"

    say "mistakes made on purpose"
    "$tools/python" infra/check/mutations.py "$node_modules"
else
    skip "state machines, and mistakes made on purpose (they need npm; on Debian: apt-get install nodejs npm)"
fi

environment checkov infra/check/requirements-checkov.txt
say "checkov, on the module in all its variants"
"$tools/python" infra/check/scan.py target/tools-checkov/bin/checkov

say "workflows: actionlint, zizmor"
"$tools/actionlint" -color .github/workflows/*.yml
"$tools/zizmor" --offline --quiet --persona pedantic .github/workflows

say "the container file: hadolint"
"$tools/hadolint" infra/Containerfile

say "scripts: shellcheck"
if command -v shellcheck >/dev/null; then
    shellcheck infra/*.sh .ci/run
else
    skip "shellcheck (on Debian: apt-get install shellcheck)"
fi

for step in ${skipped[@]+"${skipped[@]}"}; do
    say "skipped: $step"
done
say "all passed"
