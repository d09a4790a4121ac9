"""A release asset of 2 GB, straight to an S3 server: memory, and no file on this machine's disk."""
from measure import MB, fresh, git, measure, megabytes, run as command_output, seconds
from upstream import OWNER, served

NAME = "released"
BYTES = 2 * 10**9
LIMIT = 150 * MB
# Nothing that is received may be kept in a file: a larger one than this makes the run fail.
LARGEST_FILE = 64 * MB


def run(context):
    context.table.section("A release asset of 2 GB", "to an S3 server, with files of at most 64 MB on the disk; anonymous memory every 20 ms")
    store = context.store()
    if isinstance(store, str):
        context.table.skipped("2 GB", store)
        return
    with context.scratch() as scratch:
        repository = scratch / "root" / OWNER / f"{NAME}.git"
        command_output(["git", "init", "-q", "--bare", "-b", "main", repository])
        commit = git(repository, "commit-tree", "-m", "One", git(repository, "mktree", input=""))
        git(repository, "update-ref", "refs/heads/main", commit)
        with served(context.emulator, scratch / "root", "--asset-bytes", BYTES) as url:
            command = context.backup(NAME, store.url("asset"), url, "--only", "releases,release-assets", "--temp-dir", fresh(scratch / "temporary"))
            (scratch / "temporary").mkdir()
            limited = ["prlimit", f"--fsize={LARGEST_FILE}", *command]
            figures = measure(limited, store.environment(), sample_memory=True)
    context.table.at_most("peak of the run", figures.anonymous, LIMIT, megabytes)
    context.table.line(f"wall, {BYTES / figures.wall / MB:.0f} MB/s", seconds(figures.wall))
    context.table.line("CPU", seconds(figures.cpu))
