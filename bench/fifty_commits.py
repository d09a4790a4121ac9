"""Fifty commits at once, beside `git fetch` into a mirror."""
from context import clone, fetch
from measure import copy, measure
from upstream import move_back, place, refs, served, set_refs

COMMITS = 50


def run(context):
    table = context.table
    table.section(f"{COMMITS} commits", f"upstream moves from HEAD~{COMMITS} to HEAD with all later references, beside git fetch into a mirror")
    for name, repository in context.repositories().items():
        with context.scratch() as scratch:
            upstream = place(scratch / "root", repository, name)
            now = refs(upstream)
            move_back(upstream, COMMITS)
            moved = len(now) - len(refs(upstream))
            vault, mirror = scratch / "vault", scratch / "mirror"
            with served(context.emulator, scratch / "root") as url:
                measure(context.backup(name, scratch / "old-vault", url))
                measure(clone(url, name, scratch / "old-mirror"))
                set_refs(upstream, now)
                figures = context.compare(lambda turn: context.backup(name, copy(scratch / "old-vault", vault), url),
                                          lambda turn: fetch(copy(scratch / "old-mirror", mirror)))
            title = f"{name} ({moved} new references)"
            table.ratio(f"{title}: wall", figures, "wall", 1.30)
            table.ratio(f"{title}: CPU", figures, "cpu", 0.50)
