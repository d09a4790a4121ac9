"""An account of many small repositories without news, beside fetches into mirrors that are at hand."""
from context import clone, fetch
from counting_proxy import counting
from measure import files, measure
from upstream import OWNER, served, small_repositories

COUNT = 300


def run(context):
    table, at_once = context.table, context.concurrency
    table.section("Nothing changed", f"gitark backup of an account with {COUNT} small repositories, {at_once} at once, each looked at in full, beside git fetch in {COUNT} mirrors")
    root = small_repositories(COUNT)
    names = sorted(path.name.removesuffix(".git") for path in (root / OWNER).iterdir())
    with context.scratch() as scratch, served(context.emulator, root) as url:
        vault = scratch / "vault"
        backup = lambda url: context.backup(None, vault, url, "--concurrency", at_once, "--check", "full")
        measure(backup(url))
        mirrors = scratch / "mirrors"
        mirrors.write_text("".join(f"{scratch / name}\n" for name in names))
        for name in names:
            measure(clone(url, name, scratch / name))
        one_by_one = ["sh", "-c", f"while read -r mirror; do {' '.join(fetch('$mirror'))} || exit 1; done < {mirrors}"]
        side_by_side = ["xargs", "-a", mirrors, "-P", at_once, "-I{}", *fetch("{}")]
        for what, command, limit in (("one after another", one_by_one, 0.20), (f"xargs -P {at_once}", side_by_side, 0.50)):
            figures = context.compare(lambda turn: backup(url), lambda turn: command)
            table.ratio(f"git fetch, {what}: wall", figures, "wall", limit)
            table.ratio(f"git fetch, {what}: CPU", figures, "cpu", 0.20)
        count_requests(table, vault, backup, url)


def count_requests(table, vault, backup, url):
    before = files(vault)
    with counting(url) as (proxy, counts):
        measure(backup(proxy))
    by_repository = {}
    for request in counts.git():
        name = request.path.split("/")[2]
        by_repository[name] = by_repository.get(name, 0) + 1
    table.at_most("requests to the git server, most for a repository", max(by_repository.values()), 2)
    table.line("requests to the API, for all", str(len(counts) - len(counts.git())))
    written = [name for name, found in files(vault).items() if found != before.get(name)]
    elsewhere = [name for name in written if not name.startswith("runs/")]
    table.line("files written below runs/", str(len(written) - len(elsewhere)))
    table.at_most("files written elsewhere", len(elsewhere), 0)
