"""What every question needs: the programs, the number of runs, scratch directories, the S3 server, the table."""
import contextlib
import pathlib
import subprocess
import tempfile

import seaweedfs
from measure import CACHE, ENVIRONMENT, Table, compare, git, size
from upstream import OWNER, bundles, real

REPOSITORIES = ("borg", "ripgrep", "rustic_core")


class Context:
    """One run of the benchmarks. Servers and directories go with it."""

    def __init__(self, gitark, emulator, runs, concurrency, stack):
        self.gitark, self.emulator, self.runs, self.concurrency = gitark, emulator, runs, concurrency
        self.table = Table()
        self.stack = stack
        self.started_store = None

    @contextlib.contextmanager
    def scratch(self):
        """A directory on the disk of target/bench/, for one question."""
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="scratch-", dir=CACHE) as directory:
            yield pathlib.Path(directory)

    def compare(self, ours, theirs, environment=None, sample_memory=False):
        return compare(self.runs, ours, theirs, environment, sample_memory)

    def repositories(self, names=REPOSITORIES):
        """The real repositories that there are, by name; the table says which are not."""
        found = {}
        for name in names:
            repository = real(name)
            if repository is None:
                self.table.skipped(name, f"no {name}.bundle in GITARK_TEST_BUNDLES ({bundles() or 'not set'})")
            else:
                found[name] = repository
        return found

    def supports(self, *words, text=""):
        """Whether gitark's help for a command has a text."""
        done = subprocess.run([self.gitark, *words, "--help"], capture_output=True, text=True, env=ENVIRONMENT)
        return done.returncode == 0 and text in done.stdout

    def store(self):
        """The S3 server, started once, or a text that says why there is none."""
        if not self.supports("backup", text="s3://"):
            return "this gitark cannot write to s3:// yet"
        if self.started_store is None:
            directory = pathlib.Path(self.stack.enter_context(self.scratch()))
            try:
                self.started_store = self.stack.enter_context(seaweedfs.started(directory / "store"))
            except seaweedfs.Unavailable as error:
                self.started_store = str(error)
        return self.started_store

    def backup(self, name, vault, url, *options):
        """The command that backs up one repository, or all of the owner's when `name` is None."""
        return [*self.backup_of(OWNER if name is None else f"{OWNER}/{name}", vault, url), *options]

    def backup_of(self, source, vault, url):
        """The command that backs up an account or a repository."""
        return [self.gitark, "backup", source, "--to", vault, "--api-url", url, "--no-wikis", "--no-gists", "--quiet"]


def clone(url, name, directory):
    return ["git", "clone", "-q", "--mirror", f"{url}/{OWNER}/{name}.git", directory]


def fetch(directory):
    return ["git", "-C", directory, "fetch", "-q", "--prune", "origin"]


def bare(vault, name):
    """Where the code of a repository is in a vault that was made from an emulator."""
    found = list(vault.glob(f"*/{OWNER}/{name}/{name}.git"))
    assert len(found) == 1, f"{name} is {len(found)} times in {vault}"
    return found[0]


def describe(repository):
    """Size and number of objects of a repository."""
    counts = dict(line.split(": ") for line in git(repository, "count-objects", "-v").splitlines())
    return f"{size(int(counts['size-pack']) * 1024)}, {int(counts['in-pack']):,} objects"
