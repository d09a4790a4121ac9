"""The memory of a full backup of a large pack with long chains of deltas."""
from context import clone, describe
from measure import MB, fresh, megabytes
from upstream import many_objects, place, served

NAME = "many-objects"
LIMIT = 150 * MB


def run(context):
    context.table.section("Memory", "full backup of a made-up repository with chains of 50 deltas; anonymous memory every 20 ms")
    repository = many_objects()
    with context.scratch() as scratch:
        place(scratch / "root", repository, NAME)
        with served(context.emulator, scratch / "root") as url:
            figures = context.compare(lambda turn: context.backup(NAME, fresh(scratch / "vault"), url),
                                      lambda turn: clone(url, NAME, fresh(scratch / "mirror")), sample_memory=True)
    title = f"{NAME} ({describe(repository)})"
    context.table.at_most(f"{title}: peak of the largest run", max(run.anonymous for run in figures.ours), LIMIT, megabytes)
    context.table.ratio(f"{title}: wall", figures, "wall")
    context.table.ratio(f"{title}: CPU", figures, "cpu")
