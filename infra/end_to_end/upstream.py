"""A GitHub on this machine, with repositories of all kinds."""
import contextlib
import os
import pathlib
import random
import subprocess

import servers

OWNER = "octocat"
TOKEN = "ghp_" + "e2e0" * 9
ENVIRONMENT = {
    **os.environ, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_TERMINAL_PROMPT": "0",
    **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "O"), ("EMAIL", "o@example.com"), ("DATE", "1700000000 +0000"))},
}


def git(directory, *arguments, stdin=None, check=True):
    done = subprocess.run(["git", "-C", directory, *arguments], input=stdin, capture_output=True, env=ENVIRONMENT)
    if check and done.returncode != 0:
        raise RuntimeError(f"git {' '.join(map(str, arguments))} in {directory}: {done.stderr.decode()}")
    return done.stdout.decode().strip()


def commit(directory, content, message):
    """One more commit on main, with one file."""
    blob = git(directory, "hash-object", "-w", "--stdin", stdin=content)
    tree = git(directory, "mktree", stdin=f"100644 blob {blob}\tfile\n".encode())
    parent = git(directory, "rev-parse", "--quiet", "--verify", "refs/heads/main", check=False)
    made = git(directory, "commit-tree", tree, "-m", message, *(["-p", parent] if parent else []))
    git(directory, "update-ref", "refs/heads/main", made)


def repository(root, name):
    directory = root / OWNER / f"{name}.git"
    directory.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", directory], check=True, env=ENVIRONMENT)
    return directory


def fill(root, small):
    """Small repositories with some history; `huge`, which is large; `empty`; `secret`, to be private; `broken`, whose objects
    are lost."""
    for name in [*(f"small-{number:02}" for number in range(small)), "secret", "broken"]:
        directory = repository(root, name)
        for number in range(3):
            commit(directory, f"{name} {number}\n".encode(), f"Commit {number}")
        git(directory, "tag", "v1", "main")
    commit(repository(root, "huge"), random.Random(1).randbytes(3_000_000), "Much")
    repository(root, "empty")
    broken = root / OWNER / "broken.git"
    lost = git(broken, "rev-parse", "main^{tree}")
    (broken / "objects" / lost[:2] / lost[2:]).unlink()


@contextlib.contextmanager
def served(program, root, directory, *options):
    """The URL of the emulator."""
    port = servers.free_port()
    url = f"http://127.0.0.1:{port}"
    command = [program, "--listen", f"127.0.0.1:{port}", "--root", root, "--token", TOKEN, "--login", OWNER, *options]
    with servers.process(command, directory / "github.log", lambda: url in (pathlib.Path(directory) / "github.log").read_text(), env=ENVIRONMENT):
        yield url
