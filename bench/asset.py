"""A release asset of 2 GB, straight to an S3 server: memory, and no file on this machine's disk."""
from measure import MB, fresh, measure, megabytes, seconds
from upstream import many_objects, place, served

NAME = "many-objects"
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
        place(scratch / "root", many_objects(), NAME)
        with served(context.emulator, scratch / "root", "--asset-bytes", BYTES) as url:
            command = context.backup(NAME, store.url("asset"), url, "--only", "releases,release-assets", "--temp-dir", fresh(scratch / "temporary"))
            (scratch / "temporary").mkdir()
            limited = ["prlimit", f"--fsize={LARGEST_FILE}", *command]
            figures = measure(limited, store.environment(), sample_memory=True)
    context.table.at_most("peak of the run", figures.anonymous, LIMIT, megabytes)
    context.table.line(f"wall, {BYTES / figures.wall / MB:.0f} MB/s", seconds(figures.wall))
    context.table.line("CPU", seconds(figures.cpu))
