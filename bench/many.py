"""An account of ten thousand tiny repositories: the first run, and one where nothing changed."""
import os

from counting_proxy import counting
from measure import MB, fresh, measure, megabytes, seconds
from upstream import OWNER, served, small_repositories

COUNT = 10_000
ACCOUNT = "mona"
TOKEN = "ghp_many"
MEMORY_LIMIT = 150 * MB
CONCURRENCY = 32


def run(context):
    table = context.table
    about = f"gitark backup of an account with {COUNT:,} tiny repositories, {CONCURRENCY} at once; one run each, anonymous memory every 20 ms"
    table.section("Ten thousand repositories", about)
    template = small_repositories(1) / OWNER / "small-000.git"
    with context.scratch() as scratch:
        for number in range(COUNT):
            link_tree(template, scratch / "root" / ACCOUNT / f"tiny-{number:05}.git")
        (scratch / "token").write_text(TOKEN)
        with served(context.emulator, scratch / "root", "--token", TOKEN, "--login", ACCOUNT) as url:
            backup = lambda url: [*context.backup_of(ACCOUNT, scratch / "vault", url), "--token-file", scratch / "token", "--concurrency", CONCURRENCY]
            fresh(scratch / "vault")
            for what in ("the first run", "nothing changed"):
                figures = measure(backup(url), sample_memory=True)
                table.line(f"{what}: wall", seconds(figures.wall))
                table.line(f"{what}: CPU", seconds(figures.cpu))
                table.at_most(f"{what}: memory", figures.anonymous, MEMORY_LIMIT, megabytes)
            with counting(url) as (proxy, counts):
                measure(backup(proxy))
            table.at_most("nothing changed: requests to API and git", len(counts), COUNT * 60 // 1000)


def link_tree(source, target):
    """A copy of a repository that shares its files: git writes new ones and never into old ones."""
    for directory, _, files in os.walk(source):
        there = target / os.path.relpath(directory, source)
        there.mkdir(parents=True)
        for name in files:
            os.link(os.path.join(directory, name), there / name)
