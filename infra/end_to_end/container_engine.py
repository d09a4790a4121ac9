"""Containers without a daemon of the system: buildah builds the image, podman runs it for MiniStack's ECS. Both need root."""
import contextlib
import os
import pathlib
import shutil
import subprocess

import servers

CONTAINERS = """\
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
log_driver = "k8s-file"
netns = "host"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""


def missing():
    """Why there can be no containers here, or None."""
    if os.geteuid() != 0:
        return "containers need root"
    lacking = [program for program in ("buildah", "podman", "runc") if shutil.which(program) is None]
    return f"{' and '.join(lacking)} missing (on Debian: apt-get install buildah podman runc)" if lacking else None


@contextlib.contextmanager
def engine(directory, image_directory, tag):
    """The address of an engine that has the image; its store goes with the directory."""
    (directory / "containers.conf").write_text(CONTAINERS)
    (directory / "storage.conf").write_text(f'[storage]\ndriver = "vfs"\ngraphroot = "{directory / "store"}"\nrunroot = "{directory / "run"}"\n')
    environment = {
        **os.environ, "CONTAINERS_CONF": str(directory / "containers.conf"), "CONTAINERS_STORAGE_CONF": str(directory / "storage.conf"),
        "BUILDAH_ISOLATION": "chroot",
    }
    build = ["buildah", "bud", "--quiet", "--pull-never", "--tag", tag, "--file", str(image_directory / "Containerfile"), str(image_directory)]
    subprocess.run(build, env=environment, check=True, stdout=subprocess.DEVNULL)
    socket = directory / "podman.sock"
    service = ["podman", "system", "service", "--time=0", f"unix://{socket}"]
    with servers.process(service, directory / "podman.log", socket.exists, env=environment):
        yield f"unix://{socket}"


