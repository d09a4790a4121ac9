"""Restore beside a clone of the vault's repository, and a full check beside `git fsck`."""
from context import bare
from measure import fresh, measure
from upstream import OWNER, place, served


def run(context):
    table = context.table
    table.section("Restore and verify", "gitark restore --bare beside git clone --mirror file://, gitark verify --full beside git fsck --full, from the same vault")
    for name, repository in context.repositories().items():
        with context.scratch() as scratch:
            place(scratch / "root", repository, name)
            vault = scratch / "vault"
            with served(context.emulator, scratch / "root") as url:
                measure(context.backup(name, vault, url))
            stored, target, mirror = bare(vault, name), scratch / "restored.git", scratch / "mirror.git"
            restore = [context.gitark, "restore", f"{OWNER}/{name}", target, "--vault", vault, "--bare", "--quiet"]
            clone = ["git", "clone", "-q", "--mirror", f"file://{stored}", mirror]
            figures = context.compare(lambda turn: fresh(target) and restore, lambda turn: fresh(mirror) and clone)
            table.ratio(f"{name}: restore, wall", figures, "wall", 0.70)
            table.ratio(f"{name}: restore, CPU", figures, "cpu")
            verify = [context.gitark, "verify", "--full", f"{OWNER}/{name}", "--vault", vault, "--quiet"]
            fsck = ["git", "-C", stored, "fsck", "--full", "--no-progress", "--no-dangling"]
            figures = context.compare(lambda turn: verify, lambda turn: fsck)
            table.ratio(f"{name}: verify, wall (aim 0.30x)", figures, "wall", 0.50)
            table.ratio(f"{name}: verify, CPU", figures, "cpu")
