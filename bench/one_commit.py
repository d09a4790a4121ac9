"""One small commit: time, requests and bytes, to a disk and to S3."""
import subprocess

from context import bare, clone, describe, fetch
from counting_proxy import counting
from measure import ENVIRONMENT, KB, MB, files, git, measure, size
from upstream import OWNER, add_commit, place, refs, served

NAME = "borg"
VIEWS = ("/HEAD", "/config", "/packed-refs", "/info/refs", "/objects/info/packs", "/gitark/head.json")


def run(context):
    table = context.table
    table.section("One small commit", f"{NAME} with one more line in one file, beside git fetch into a mirror that is at hand")
    repository = context.repositories((NAME,)).get(NAME)
    if repository is None:
        return
    with context.scratch() as scratch:
        upstream = place(scratch / "root", repository, NAME)
        with served(context.emulator, scratch / "root") as url:
            vault, mirror = scratch / "vault", scratch / "mirror"
            measure(context.backup(NAME, vault, url))
            measure(clone(url, NAME, mirror))

            def after_commit(turn):
                add_commit(upstream, turn)
                return context.backup(NAME, vault, url)
            figures = context.compare(after_commit, lambda turn: fetch(mirror))
            table.ratio("wall", figures, "wall")
            table.ratio("CPU", figures, "cpu")
            count_bytes(context, upstream, vault, mirror, url)
            count_store_requests(context, scratch, upstream, url)


def thin_pack(repository, news, known):
    """Bytes of the smallest pack that git could send to who has `known`. With a bitmap it would not look for deltas."""
    revisions = "\n".join([news, *(f"^{oid}" for oid in known)])
    command = ["git", "-C", str(repository), "pack-objects", "--no-use-bitmap-index", "--thin", "--revs", "--stdout", "-q",
               "--delta-base-offset"]
    return len(subprocess.run(command, input=f"{revisions}\n".encode(), check=True, capture_output=True, env=ENVIRONMENT).stdout)


def count_bytes(context, upstream, vault, mirror, url):
    table, known = context.table, refs(upstream)
    before = files(vault)
    add_commit(upstream, "counted")
    with counting(url) as (proxy, counts):
        measure(context.backup(NAME, vault, proxy))
    with counting(url) as (proxy, fetched):
        measure(["git", "-C", mirror, "fetch", "-q", "--prune", f"{proxy}/{OWNER}/{NAME}.git", "+refs/*:refs/*"])
    written = {f"/{name}": length for name, (identity, length) in files(vault).items() if (identity, length) != before.get(name)}
    packs = sum(length for name, length in written.items() if name.endswith((".pack", ".idx")))
    views = sum(length for name, length in written.items() if name.endswith(VIEWS) or name.startswith("/cache/"))
    runs = sum(length for name, length in written.items() if name.startswith("/runs/"))
    thin = thin_pack(upstream, git(upstream, "rev-parse", "HEAD"), set(known.values()))
    table.at_most("requests to the git server", len(counts.git()), 3)
    for what, part in (("list of references", slice(0, 1)), ("pack", slice(1, None))):
        ours, theirs = (sum(request.received for request in posts(requests)[part]) for requests in (counts, fetched))
        table.line(f"bytes received for the {what}, gitark and git fetch", size(ours), size(theirs), f"{ours / theirs:.2f}x")
    table.line("bytes of pack and index; the smallest thin pack", size(packs), size(thin), f"{packs / thin:.2f}x")
    table.at_most("other write-once bytes, the run's report among them", sum(written.values()) - packs - views, 10 * KB, size)
    table.line("of these: the run's report", size(runs))
    table.line("bytes of views and cache, written anew; the whole repository", size(views), describe(bare(vault, NAME)))


def posts(counts):
    """The requests that list references and fetch, in order."""
    return [request for request in counts.git() if request.method == "POST"]


def count_store_requests(context, scratch, upstream, url):
    table, store = context.table, context.store()
    if isinstance(store, str):
        return table.skipped("requests to S3", store)
    (scratch / "spool").mkdir()
    command = context.backup(NAME, store.url("one-commit"), url, "--temp-dir", scratch / "spool")
    measure(command, store.environment())
    add_commit(upstream, "stored")
    with counting(store.endpoint) as (proxy, counts):
        measure(command, store.environment(proxy))
    table.at_most("requests to S3", len(counts), 25, beside=counts.methods())
    table.at_most("bytes read from S3", counts.received(), MB, size)
    table.line("bytes written to S3", size(sum(request.sent for request in counts)))
