#!/usr/bin/env python3
"""Times gitark beside git, in turns, against one emulator: full backup, nothing changed, one commit.

Prints medians and ratios (gitark / git): below 1 gitark is faster. Real repositories are read from bundles in the
folder that GITARK_TEST_BUNDLES names. Usage: bench/core.py [--runs 5] [--only NAME]
"""
import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
ENVIRONMENT = {
    "PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_TERMINAL_PROMPT": "0",
    "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_NAME": "C", "GIT_COMMITTER_EMAIL": "c@example.com",
}


def git(directory, *arguments):
    command = ["git", "-C", str(directory), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=ENVIRONMENT).stdout.strip()


def measure(command):
    """(wall, cpu) seconds of a command and its children; it must succeed."""
    start = time.perf_counter()
    process = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    error = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    if status != 0:
        sys.exit(f"{command}: {error.decode()}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def compare(title, runs, ours, theirs):
    """Runs both in turns; `ours` and `theirs` make a command for each run."""
    figures = {"ours": [], "theirs": []}
    for turn in range(runs):
        for name, make in (("ours", ours), ("theirs", theirs)):
            figures[name].append(measure(make(turn)))
    def median(name, column):
        return statistics.median(row[column] for row in figures[name])
    wall, cpu = (statistics.median(a[c] / b[c] for a, b in zip(figures["ours"], figures["theirs"])) for c in (0, 1))
    print(f"{title:34} {median('ours', 0):7.3f} s {median('theirs', 0):7.3f} s   wall {wall:5.2f}x   cpu {cpu:5.2f}x   "
          f"peak {median('ours', 2):4.0f} / {median('theirs', 2):4.0f} MB", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", help="one repository's name")
    options = parser.parse_args()
    bundles = pathlib.Path(os.environ.get("GITARK_TEST_BUNDLES", ROOT / "../shared/repos"))
    found = sorted(path for path in bundles.glob("*.bundle") if options.only in (None, path.stem))
    if not found:
        sys.exit(f"no *.bundle in {bundles}; set GITARK_TEST_BUNDLES to a folder of git bundles")
    subprocess.run(["cargo", "build", "--release", "--quiet", "--workspace"], check=True, cwd=ROOT)
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
    gitark, emulator = str(target / "gitark"), str(target / "github-emulator")

    with tempfile.TemporaryDirectory(prefix="gitark-bench-") as scratch:
        scratch = pathlib.Path(scratch)
        for bundle in found:
            upstream = scratch / "root/octocat" / f"{bundle.stem}.git"
            upstream.parent.mkdir(parents=True, exist_ok=True)
            git(scratch, "clone", "-q", "--mirror", str(bundle), str(upstream))
            # GitHub's test merges are not backed up, so git shall not fetch them either.
            merges = [name for name in git(upstream, "for-each-ref", "--format=%(refname)").splitlines()
                      if name.startswith("refs/pull/") and name.endswith("/merge")]
            subprocess.run(["git", "-C", str(upstream), "update-ref", "--stdin"], check=True, env=ENVIRONMENT, text=True,
                           input="".join(f"delete {name}\n" for name in merges))
            git(upstream, "repack", "-adbq")
        server = subprocess.Popen([emulator, "--root", str(scratch / "root"), "--listen", "127.0.0.1:0"],
                                  stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)
        try:
            url = server.stdout.readline().strip()
            print(f"{'':34} {'gitark':>9} {'git':>9}   gitark / git, medians of {options.runs}")
            for bundle in found:
                bench(bundle.stem, scratch, url, gitark, options.runs)
        finally:
            server.terminate()
            server.wait()


def bench(name, scratch, url, gitark, runs):
    upstream = scratch / "root/octocat" / f"{name}.git"

    def backup(vault):
        return [gitark, "backup", f"octocat/{name}", "--to", str(vault), "--api-url", url, "--quiet", "--no-wikis"]

    def fresh(directory):
        shutil.rmtree(directory, ignore_errors=True)
        return directory

    def clone(directory):
        return ["git", "clone", "-q", "--mirror", f"{url}/octocat/{name}.git", str(directory)]

    compare(f"{name}: full", runs, lambda turn: backup(fresh(scratch / "vault")), lambda turn: clone(fresh(scratch / "mirror")))
    vault, mirror = scratch / "vault", scratch / "mirror"
    fetch = ["git", "-C", str(mirror), "fetch", "-q", "--prune", "origin"]
    compare(f"{name}: nothing changed", runs, lambda turn: backup(vault), lambda turn: fetch)

    head = git(upstream, "symbolic-ref", "HEAD")

    def commit(turn):
        tree = git(upstream, "rev-parse", f"{head}^{{tree}}")
        blob = subprocess.run(["git", "-C", str(upstream), "hash-object", "-w", "--stdin"], check=True, text=True,
                              capture_output=True, env=ENVIRONMENT, input=f"turn {turn}\n").stdout.strip()
        entries = git(upstream, "ls-tree", tree) + f"\n100644 blob {blob}\tgitark-bench-{turn}.txt\n"
        tree = subprocess.run(["git", "-C", str(upstream), "mktree"], check=True, text=True, capture_output=True,
                              env=ENVIRONMENT, input=entries).stdout.strip()
        oid = git(upstream, "commit-tree", "-p", head, "-m", f"Turn {turn}", tree)
        git(upstream, "update-ref", head, oid)

    def after_commit(turn):
        commit(turn)
        return backup(vault)

    compare(f"{name}: one commit", runs, after_commit, lambda turn: fetch)


if __name__ == "__main__":
    main()
