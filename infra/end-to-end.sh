#!/usr/bin/env bash
# Runs the state machines, and then everything together, on an AWS on this machine, as Terraform declares it. Needs no
# account. The parts with containers need root, buildah and podman; what is missing is skipped, and said.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=infra/environment.sh
source infra/environment.sh

say() { printf 'infra/end-to-end.sh: %s\n' "$*"; }

if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    say "skipped: everything (it needs python3 with venv; on Debian: apt-get install python3 python3-venv)"
    exit 0
fi

environment infra infra/check/requirements.txt
environment end-to-end infra/end_to_end/requirements.txt
export PYTHONDONTWRITEBYTECODE=1
export TERRAFORM_PYTHON="$PWD/target/tools-infra/bin/python"
python="$PWD/target/tools-end-to-end/bin/python"

say "what Terraform declares"
export DECLARED="$PWD/target/declared.json"
"$TERRAFORM_PYTHON" infra/check/write_declared.py "$DECLARED" 000000000000 eu-west-1

say "the state machines, with workers that do what a test says"
(cd infra/end_to_end && "$python" -m unittest --verbose test_state_machines)

say "the program, static, in the dev profile"
infra/package.sh dev
cargo build --locked --package github-emulator
case "$(uname -m)" in
aarch64) architecture=arm64 ;;
*) architecture=x86_64 ;;
esac
export GITARK_ZIP="$PWD/target/package/gitark-lambda-$architecture.zip"
export GITARK_IMAGE="$PWD/target/package/image-$architecture"
export GITHUB_EMULATOR="${CARGO_TARGET_DIR:-$PWD/target}/debug/github-emulator"

say "everything together"
(cd infra/end_to_end && "$python" -m unittest --verbose test_end_to_end)
say "all passed"
