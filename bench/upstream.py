"""The repositories to back up: real ones from bundles, and made-up ones that are the same on every machine.

All are made once and kept below target/bench/; a question that changes one works on a copy.
"""
import contextlib
import os
import pathlib
import random
import shutil
import subprocess

from measure import CACHE, ENVIRONMENT, Failed, copy, fresh, git, run, server

OWNER = "octocat"
DATE = 1_600_000_000
TEXT = ("*.py", "*.rs", "*.md", "*.rst", "*.toml", "*.txt")


def kept(name, make):
    """The directory `name` below target/bench/, made by `make(directory)` unless it is there."""
    directory = CACHE / name
    if not directory.exists():
        unfinished = fresh(CACHE / f"{name}.unfinished")
        unfinished.parent.mkdir(parents=True, exist_ok=True)
        make(unfinished)
        unfinished.rename(directory)
    return directory


def bundles():
    """The folder of real repositories, or None."""
    folder = os.environ.get("GITARK_TEST_BUNDLES")
    return pathlib.Path(folder) if folder else None


def real(name):
    """A real repository, or None without its bundle."""
    folder = bundles()
    bundle = folder / f"{name}.bundle" if folder else None
    if bundle is None or not bundle.is_file():
        return None
    status = bundle.stat()

    def make(directory):
        git(".", "clone", "-q", "--mirror", bundle.resolve(), directory)
        # GitHub's test merges are not backed up, so git shall not fetch them either.
        merges = [ref for ref in refs(directory) if ref.startswith("refs/pull/") and ref.endswith("/merge")]
        git(directory, "update-ref", "--stdin", input="".join(f"delete {ref}\n" for ref in merges))
        git(directory, "repack", "-adbq")
        git(directory, "pack-refs", "--all")
    return kept(f"{name}-{status.st_size}-{int(status.st_mtime)}.git", make)


def refs(directory):
    return dict(line.split(" ") for line in git(directory, "for-each-ref", "--format=%(refname) %(objectname)").splitlines())


def place(root, repository, name):
    """A copy of a repository below the emulator's root, to be changed at will."""
    target = root / OWNER / f"{name}.git"
    target.parent.mkdir(parents=True, exist_ok=True)
    return copy(repository, target)


@contextlib.contextmanager
def served(emulator, root, *options):
    """The URL of an emulator for the repositories below `root` as they are now."""
    with server([emulator, "--root", root, "--listen", "127.0.0.1:0", *options]) as process:
        url = process.stdout.readline().strip()
        if not url:
            raise Failed(f"{emulator} did not start")
        yield url


def add_commit(repository, turn):
    """Commits one more line in the file that the newest commit changed, as a small push does."""
    branch = git(repository, "symbolic-ref", "HEAD")
    changed = git(repository, "log", "-1", "--first-parent", "-m", "--diff-filter=M", "--name-only", "--format=", "HEAD", "--", *TEXT)
    path = changed.splitlines()[0]
    text = git(repository, "show", f"HEAD:{path}")
    blob = git(repository, "hash-object", "-w", "--stdin", input=f"{text}\nLine {turn}\n")
    mode = git(repository, "ls-tree", "HEAD", "--", path).split()[0]
    index = {"GIT_INDEX_FILE": str(repository / "bench.index")}

    def with_index(*arguments):
        command = ["git", "-C", str(repository), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, env=ENVIRONMENT | index).stdout.strip()
    with_index("read-tree", "HEAD")
    with_index("update-index", "--cacheinfo", f"{mode},{blob},{path}")
    commit = git(repository, "commit-tree", "-p", "HEAD", "-m", f"Line {turn}", with_index("write-tree"))
    git(repository, "update-ref", branch, commit)


def move_back(repository, commits):
    """Takes a repository back by so many first-parent commits of HEAD, with all references that came later."""
    branch = git(repository, "symbolic-ref", "HEAD")
    old = git(repository, "rev-parse", f"HEAD~{commits}")
    date = int(git(repository, "show", "-s", "--format=%ct", old))
    later = [name for line in git(repository, "for-each-ref", "--format=%(creatordate:unix) %(refname)").splitlines()
             for when, name in [line.split(" ")] if int(when or 0) > date and name != branch]
    git(repository, "update-ref", "--stdin", input=f"update {branch} {old}\n" + "".join(f"delete {name}\n" for name in later))


def set_refs(repository, names):
    """Gives a repository these references again."""
    git(repository, "update-ref", "--stdin", input="".join(f"update {name} {oid}\n" for name, oid in names.items()))


def import_history(directory, write, *options):
    """A bare repository with one pack from what `write(out)` says in the language of `git fast-import`."""
    git(".", "init", "-q", "--bare", "--template=", "-b", "main", directory)
    command = ["git", "-C", str(directory), "-c", "fastimport.unpackLimit=0", "fast-import", "--quiet", "--done", *options]
    process = subprocess.Popen(command, env=ENVIRONMENT, stdin=subprocess.PIPE)
    try:
        write(process.stdin)
        process.stdin.write(b"done\n")
        process.stdin.close()
    finally:
        if process.wait() != 0:
            raise Failed(f"{' '.join(command)} failed")
    return directory


def signature(number):
    return b"A <a@example.com> %d +0000" % (DATE + 60 * number)


def many_objects():
    """About 200 MB in 300,000 objects, with chains of 50 deltas."""
    small, large, versions, per_commit = 1_870, 24, 60, 3

    def blob(out, mark, content):
        out.write(b"blob\nmark :%d\ndata %d\n" % (mark, len(content)))
        out.write(content)
        out.write(b"\n")

    def write(out):
        numbers = random.Random(1)
        # All versions of a file in a row: that is how fast-import makes chains of deltas.
        mark, contents = 0, []
        for file in range(small):
            pieces = [numbers.randbytes(820) for _ in range(3)]
            for version in range(versions):
                pieces[version % 3] = numbers.randbytes(820)
                mark += 1
                blob(out, mark, b"".join(pieces))
                contents.append((b"%02d/%04d" % (file % 40, file), mark))
        for file in range(large):
            pieces = [numbers.randbytes(1 << 15) for _ in range(32)]
            for version in range(versions):
                pieces[version % 32] = numbers.randbytes(1 << 15)
                mark += 1
                blob(out, mark, b"".join(pieces))
                contents.append((b"large/%d" % file, mark))
        # Each version once, files mixed, the versions of each in order.
        by_version = sorted(range(len(contents)), key=lambda at: (at % versions, numbers.random()))
        for commit in range(len(contents) // per_commit):
            out.write(b"commit refs/heads/main\ncommitter %s\ndata 9\nOne more\n\n" % signature(commit))
            for at in by_version[commit * per_commit:(commit + 1) * per_commit]:
                out.write(b"M 100644 :%d %s\n" % (contents[at][1], contents[at][0]))
    return kept("many-objects-1.git", lambda directory: import_history(directory, write, "--depth=50"))


def small_repositories(count):
    """A directory with many small repositories: 20 commits, 3 branches, 2 tags each."""
    def history(number):
        def write(out):
            numbers = random.Random(number)
            for commit in range(20):
                content = numbers.randbytes(500).hex().encode()
                out.write(b"commit refs/heads/main\nmark :%d\ncommitter %s\ndata 9\nOne more\n\n" % (commit + 1, signature(commit)))
                out.write(b"M 100644 inline src/file-%d.txt\ndata %d\n%s\n" % (commit % 5, len(content), content))
            for name, mark in ((b"heads/next", 18), (b"heads/old", 5), (b"tags/v1", 10), (b"tags/v2", 20)):
                out.write(b"reset refs/%s\nfrom :%d\n\n" % (name, mark))
        return write

    def make(directory):
        for number in range(count):
            import_history(directory / OWNER / f"small-{number:03}.git", history(number))
    return kept(f"small-repositories-{count}-1", make)
