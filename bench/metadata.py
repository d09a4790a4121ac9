"""What is around the code of one repository where people talk: requests and time, beside github-backup --all."""
import shutil

import github_backup
from counting_proxy import counting
from measure import MB, fresh, measure, megabytes, seconds
from upstream import OWNER, served, small_repositories

TALK = {"issues": 1_000, "pull-requests": 500, "comments": 5_000, "review-comments": 2_000}
MEMORY_LIMIT = 300 * MB


def run(context):
    table = context.table
    talk = ", ".join(f"{count:,} {what.replace('-', ' ')}" for what, count in TALK.items())
    about = f"one repository with {talk}; requests that count against the limit, 304s apart; one run each, beside github-backup {github_backup.VERSION} --all"
    table.section("Around the code", about)
    options = [word for what, count in TALK.items() for word in (f"--{what}", count)]
    with context.scratch() as scratch:
        # The emulator adds the heads of pull requests to the repository.
        shutil.copytree(small_repositories(1), scratch / "root")
        token, launcher = scratch / "token", scratch / "launcher.py"
        token.write_text(github_backup.TOKEN)
        launcher.write_text(github_backup.LAUNCHER)
        limit = ["--rate-limit", 1_000_000, "--token", github_backup.TOKEN, "--login", OWNER]
        with served(context.emulator, scratch / "root", *limit, *options) as url:
            ours = lambda url, *more: [*context.backup_of(OWNER, scratch / "vault", url), "--token-file", token, *more]
            fresh(scratch / "vault")
            # The second run learns what the first could not know yet: the tags of answers about what changed since.
            steps = (("the first run", (), 300), ("the second run", (), None), ("nothing changed, fast", ("--check", "fast"), 3),
                     ("nothing changed, full", ("--check", "full"), 60))
            first = None
            # One proxy for all: answers hold addresses, and their tags would be others behind another port.
            with counting(url) as (proxy, counts):
                for what, more, most in steps:
                    start = len(counts)
                    figures = measure(ours(proxy, *more), sample_memory=True)
                    git = counts.git()
                    api = [request for request in counts[start:] if request not in git]
                    counted = sum(request.status != 304 for request in api)
                    first = first or (figures, counted)
                    if most is None:
                        table.line(f"{what}: requests", str(counted))
                    else:
                        table.at_most(f"{what}: requests", counted, most)
                    table.line(f"{what}: answers that nothing changed (304)", str(len(api) - counted))
                    table.line(f"{what}: wall", seconds(figures.wall))
                    table.at_most(f"{what}: memory", figures.anonymous, MEMORY_LIMIT, megabytes)
            program = github_backup.installed()
            if isinstance(program, str):
                return table.skipped("github-backup", program)
            with counting(url) as (proxy, counts):
                command = [program, launcher, OWNER, "--github-host", proxy.removeprefix("http://"), "--token", f"file://{token}",
                           "--all", "--bare", "--output-directory", fresh(scratch / "theirs")]
                figures = measure(command)
            api = [request for request in counts if request not in counts.git()]
            table.line("the first run beside github-backup: requests", str(first[1]), str(len(api)), f"{first[1] / len(api):.3f}x")
            table.line("the first run beside github-backup: wall", seconds(first[0].wall), seconds(figures.wall), f"{first[0].wall / figures.wall:.3f}x")
