"""A year of daily backups: what many packs cost plain git, and what `gitark compact` gives back."""
import statistics

from context import bare, clone
from measure import fresh, git, measure, seconds, size
from upstream import OWNER, place, refs, served

NAME = "borg"
DAYS = 365


def run(context):
    table = context.table
    table.section(f"{DAYS} packs", f"the last {DAYS} first-parent commits of {NAME} backed up one by one; then plain git clone --mirror file:// of the vault's repository")
    repository = context.repositories((NAME,)).get(NAME)
    if repository is None:
        return
    with context.scratch() as scratch:
        upstream = place(scratch / "root", repository, NAME)
        branch = git(upstream, "symbolic-ref", "HEAD")
        history = git(upstream, "rev-list", "--first-parent", f"--max-count={DAYS}", "HEAD").splitlines()
        first = git(upstream, "rev-parse", f"{history[-1]}^")
        others = "".join(f"delete {name}\n" for name in refs(upstream) if name != branch)
        git(upstream, "update-ref", "--stdin", input=f"{others}update {branch} {first}\n")
        vault = scratch / "vault"
        with served(context.emulator, scratch / "root") as url:
            runs = []
            for commit in [first, *reversed(history)]:
                git(upstream, "update-ref", branch, commit)
                runs.append(measure(context.backup(NAME, vault, url)))
            table.line(f"one of {DAYS} backups: wall, median", seconds(statistics.median(run.wall for run in runs[1:])))
            fresh_clone = measure_clone(context, clone(url, NAME, scratch / "fresh"), scratch / "fresh")
        stored = bare(vault, NAME)
        clone_stored = ["git", "clone", "-q", "--mirror", f"file://{stored}", scratch / "mirror"]
        show(table, "clone from upstream", None, fresh_clone)
        show(table, "clone of the vault's repository", stored, measure_clone(context, clone_stored, scratch / "mirror"), fresh_clone)
        if not context.supports("compact"):
            return table.skipped("after gitark compact", "this gitark has no compact yet")
        for command in ("compact", "compact --all"):
            compact = measure([context.gitark, *command.split(), f"{OWNER}/{NAME}", "--vault", vault, "--grace", "0s"], sample_memory=True)
            table.line(f"gitark {command}: wall; CPU", seconds(compact.wall), seconds(compact.cpu))
            table.line(f"gitark {command}: peak of anonymous memory", size(compact.anonymous))
            show(table, f"clone after gitark {command}", stored, measure_clone(context, clone_stored, scratch / "mirror"), fresh_clone)


def measure_clone(context, command, directory):
    """The median time of a clone in seconds, and the bytes of its packs and indexes."""
    walls = []
    for _ in range(context.runs):
        fresh(directory)
        walls.append(measure(command).wall)
    return statistics.median(walls), packs(directory)[1]


def packs(repository):
    """The number of packs, and the bytes of packs and indexes."""
    found = list((repository / "objects/pack").iterdir())
    count = sum(path.suffix == ".pack" for path in found)
    return count, sum(path.stat().st_size for path in found if path.suffix in (".pack", ".idx"))


def show(table, title, stored, figures, beside=None):
    (wall, length), ratio = figures, lambda at: f"{figures[at] / beside[at]:.2f}x" if beside else ""
    if stored:
        count, bytes_stored = packs(stored)
        table.line(f"{title}: packs; bytes in the vault", str(count), size(bytes_stored))
    table.line(f"{title}: wall", seconds(wall), seconds(beside[0]) if beside else "", ratio(0))
    table.line(f"{title}: bytes", size(length), size(beside[1]) if beside else "", ratio(1))
