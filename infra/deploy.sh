#!/usr/bin/env bash
# Plans or applies examples/single or examples/fleet with a zip and an image from a release. The workflows run it; it works
# on a workstation with aws, gh, terraform and (for fleet) docker too.
#
# usage: infra/deploy.sh plan|apply
#
#   TERRAFORM_STATE_BUCKET   the bucket of the state; it must be there
#   GITARK_BUCKET            the bucket of the vault; it is made
#   AWS_REGION               the region of both
#   GITARK_MODE              single (unless said otherwise) or fleet
#   GITARK_RELEASE           a release such as v0.1.0; the newest unless said otherwise
#   GITARK_REPOSITORY        where the releases are; this repository, or the one that it was forked from
#   GITARK_TFVARS            other variables of the example, as a .tfvars file has them
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

verb="${1:-}"
if [[ "$verb" != plan && "$verb" != apply ]]; then
    echo "usage: infra/deploy.sh plan|apply" >&2
    exit 2
fi
: "${TERRAFORM_STATE_BUCKET:?is not set: the bucket of the state}"
: "${GITARK_BUCKET:?is not set: the bucket of the vault}"
: "${AWS_REGION:?is not set: the region}"
mode="${GITARK_MODE:-single}"
architecture="${GITARK_ARCHITECTURE:-x86_64}"
directory="infra/terraform/examples/$mode"
if [[ ! -d "$directory" ]]; then
    echo "deploy.sh: GITARK_MODE must be single or fleet, not $mode" >&2
    exit 2
fi

# A fork has no releases of its own: those of where it comes from are taken.
repository="${GITARK_REPOSITORY:-}"
if [[ -z "$repository" ]]; then
    here="$(gh repo view --json nameWithOwner --jq .nameWithOwner)"
    if gh release view --repo "$here" >/dev/null 2>&1; then
        repository="$here"
    else
        repository="$(gh api "repos/$here" --jq '.parent.full_name // .full_name')"
    fi
fi
release="${GITARK_RELEASE:-$(gh release view --repo "$repository" --json tagName --jq .tagName)}"
echo "deploy.sh: $mode with $release of $repository"

zip="gitark-lambda-$architecture.zip"
gh release download "$release" --repo "$repository" --pattern "$zip" --dir "$directory" --clobber
gh attestation verify "$directory/$zip" --repo "$repository"

export TF_IN_AUTOMATION=1 TF_INPUT=0
export TF_VAR_region="$AWS_REGION" TF_VAR_bucket="$GITARK_BUCKET" TF_VAR_package="$zip" TF_VAR_architecture="$architecture"
[[ "$mode" == fleet ]] && export TF_VAR_image_tag="$release"
printf '%s\n' "${GITARK_TFVARS:-}" >"$directory/deploy.auto.tfvars"

terraform -chdir="$directory" init -backend-config="bucket=$TERRAFORM_STATE_BUCKET" -backend-config="region=$AWS_REGION"
terraform -chdir="$directory" plan -out=deploy.tfplan
if [[ "$verb" == plan ]]; then
    exit 0
fi
terraform -chdir="$directory" apply deploy.tfplan

# The image is there before the first run is due.
registry="$(terraform -chdir="$directory" output -raw registry_url 2>/dev/null || true)"
if [[ "$mode" == fleet && "$registry" == *.dkr.ecr.* ]]; then
    source="ghcr.io/${repository,,}:$release"
    aws ecr get-login-password --region "$AWS_REGION" | docker login --username AWS --password-stdin "${registry%%/*}"
    docker pull --platform "linux/${architecture/x86_64/amd64}" "$source"
    docker tag "$source" "$registry:$release"
    docker push "$registry:$release"
fi
