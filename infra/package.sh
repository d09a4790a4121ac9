#!/usr/bin/env bash
# Builds the program for Linux, static, and packs it: the functions' zip, an archive, and the directory of the container
# image, all with the same program, into target/package/. It builds for the machine that it runs on.
#
# usage: infra/package.sh [PROFILE]      release unless said otherwise
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

profile="${1:-release}"
host="$(rustc -vV | sed -n 's/^host: //p')"
case "$host" in
x86_64-unknown-linux-gnu) architecture=x86_64 ;;
aarch64-unknown-linux-gnu) architecture=arm64 ;;
*)
    echo "package.sh: builds on Linux for x86_64 and arm64 only, and this is $host" >&2
    exit 1
    ;;
esac

# With a target said, build scripts and macros are not built static, which they cannot be.
RUSTFLAGS="${RUSTFLAGS:-} -C target-feature=+crt-static" cargo build --locked --profile "$profile" --target "$host" --package gitark-cli --bin gitark
directory="$profile"
[[ "$profile" == dev ]] && directory=debug
program="${CARGO_TARGET_DIR:-target}/$host/$directory/gitark"

out=target/package
image="$out/image-$architecture"
rm -rf "$image"
mkdir -p "$image/etc/ssl/certs" "$image/tmp"
cp "$program" "$image/gitark"
cp "${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}" "$image/etc/ssl/certs/ca-certificates.crt"
echo 'gitark:x:65532:65532:gitark:/:/gitark' >"$image/etc/passwd"
echo '127.0.0.1 localhost' >"$image/etc/hosts"
cp infra/Containerfile "$image/Containerfile"
# A directory without a file in it is lost by whoever packs it.
touch "$image/tmp/.keep"

python3 - "$program" "$out/gitark-lambda-$architecture.zip" <<'PYTHON'
import sys
import zipfile

program, target = sys.argv[1:]
# The time of a file would make each zip another one.
entry = zipfile.ZipInfo("bootstrap", (1980, 1, 1, 0, 0, 0))
entry.external_attr = 0o100755 << 16
entry.compress_type = zipfile.ZIP_DEFLATED
with zipfile.ZipFile(target, "w") as archive, open(program, "rb") as file:
    archive.writestr(entry, file.read())
PYTHON
tar --create --gzip --owner=0 --group=0 --file "$out/gitark-linux-$architecture.tar.gz" --directory "$image" gitark

echo "$out/gitark-lambda-$architecture.zip"
echo "$out/gitark-linux-$architecture.tar.gz"
echo "$image: podman build --tag gitark $image"
