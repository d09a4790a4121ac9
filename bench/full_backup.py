"""A full backup beside `git clone --mirror`, to a disk and to S3."""
from context import clone, describe
from measure import fresh
from upstream import place, served

# A backup of a small repository is mostly its fixed steps; they may take so many seconds.
SLACK = {"rustic_core": 0.3}


def run(context):
    context.table.section("Full backup", "gitark backup OWNER/REPO to an empty vault, beside git clone --mirror to a disk")
    for name, repository in context.repositories().items():
        with context.scratch() as scratch:
            place(scratch / "root", repository, name)
            with served(context.emulator, scratch / "root") as url:
                compare(context, scratch, name, url, f"{name} ({describe(repository)})")


def compare(context, scratch, name, url, title):
    slack, table = SLACK.get(name), context.table
    mirror = lambda turn: clone(url, name, fresh(scratch / "mirror"))
    figures = context.compare(lambda turn: context.backup(name, fresh(scratch / "vault"), url), mirror)
    table.ratio(f"{title}: wall", figures, "wall", 0.70, slack)
    table.ratio(f"{title}: CPU", figures, "cpu", 0.60)
    store = context.store()
    if isinstance(store, str):
        return table.skipped(f"{name} to S3", store)
    (scratch / "spool").mkdir()
    to_store = lambda turn: context.backup(name, store.url(f"full/{name}/{turn}"), url, "--temp-dir", scratch / "spool")
    figures = context.compare(to_store, mirror, store.environment())
    table.ratio(f"{name} to S3: wall", figures, "wall", 1.00, slack)
    table.ratio(f"{name} to S3: CPU", figures, "cpu")
