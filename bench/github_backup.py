"""An account of small repositories behind a slow line, beside github-backup, which many use."""
import subprocess
import venv

from counting_proxy import counting
from measure import CACHE, Failed, fresh, measure
from upstream import OWNER, served, small_repositories

COUNT = 300
LATENCY = 50
VERSION = "0.65.0"
TOKEN = "ghp_bench"
# It asks https alone, and the emulator answers http: its addresses are put right on their way out, nothing else.
# (With --all it asks for much that gitark does not keep yet, and takes longer.)
LAUNCHER = """
import sys

from github_backup import cli, github_backup
request = github_backup.Request
github_backup.Request = lambda url, *more, **named: request(url.replace("https://127.", "http://127."), *more, **named)
repository_url = github_backup.get_github_repo_url
github_backup.get_github_repo_url = lambda *all: repository_url(*all).replace("https://", "http://")
sys.exit(cli.main())
"""


def run(context):
    table = context.table
    about = f"{COUNT} small repositories, {LATENCY} ms before each answer; gitark 32 at once, fast looks, beside github-backup {VERSION} --repositories --wikis --bare, which has no setting for more than one at once"
    table.section("github-backup", about)
    program = installed()
    if isinstance(program, str):
        return table.skipped("github-backup", program)
    root = small_repositories(COUNT)
    with context.scratch() as scratch:
        token, launcher = scratch / "token", scratch / "launcher.py"
        token.write_text(TOKEN)
        launcher.write_text(LAUNCHER)
        with served(context.emulator, root, "--latency", LATENCY, "--token", TOKEN, "--login", OWNER) as url:
            ours = lambda url: [*context.backup_of(OWNER, scratch / "vault", url), "--token-file", token, "--concurrency", 32, "--check", "fast"]
            theirs = lambda url: [program, launcher, OWNER, "--github-host", url.removeprefix("http://"), "--token", f"file://{token}",
                                  "--repositories", "--wikis", "--bare", "--output-directory", scratch / "theirs"]
            for what, prepare, factor in (("the first run", fresh, 1 / 3), ("nothing changed", lambda directory: None, 1 / 20)):
                def first(command):
                    prepare(scratch / "vault")
                    prepare(scratch / "theirs")
                    return command
                figures = context.compare(lambda turn: first(ours(url)), lambda turn: theirs(url))
                found = len(list((scratch / "theirs").glob("repositories/*/repository/HEAD")))
                if found != COUNT:
                    raise Failed(f"github-backup made {found} mirrors, not {COUNT}")
                table.ratio(f"{what}: wall", figures, "wall", factor)
                table.ratio(f"{what}: CPU", figures, "cpu")
            requests = []
            for command in (ours, theirs):
                with counting(url) as (proxy, counts):
                    measure(command(proxy))
                requests.append(counts)
            table.line("nothing changed: requests", *(str(len(counts)) for counts in requests))


def installed():
    """A Python that has github-backup, or why there is none."""
    directory = CACHE / f"github-backup-{VERSION}"
    python = directory / "bin" / "python"
    if not python.exists():
        try:
            venv.create(directory, with_pip=True)
            subprocess.run([python, "-m", "pip", "install", "--quiet", f"github-backup=={VERSION}"], check=True, capture_output=True)
        except (OSError, subprocess.SubprocessError) as error:
            fresh(directory)
            directory.rmdir()
            return f"pip could not install it ({error})"
    return python
