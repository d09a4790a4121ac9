#!/usr/bin/env python3
"""gitark beside git: each comparison side by side in one run, in turns, medians printed with their ratio and target.

Real repositories are read from git bundles in the folder that GITARK_TEST_BUNDLES names; what needs them is skipped
without. Nothing is asserted: the exit code only says whether everything ran. Made-up repositories and an S3 server are
kept below target/bench/.
"""
import argparse
import contextlib
import pathlib
import signal
import subprocess
import sys

sys.dont_write_bytecode = True

import asset
import compaction
import fifty_commits
import full_backup
import github_backup
import many
import memory
import metadata
import one_commit
import restore_and_verify
import unchanged
from context import Context
from measure import CACHE, ROOT, Failed, versions

QUESTIONS = {
    "full": full_backup, "memory": memory, "unchanged": unchanged, "commit": one_commit, "fifty": fifty_commits,
    "many": many, "github-backup": github_backup, "metadata": metadata, "restore": restore_and_verify, "compact": compaction, "asset": asset,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="turns of each comparison (default 5)")
    parser.add_argument("--only", nargs="+", choices=QUESTIONS, metavar="NAME", default=list(QUESTIONS), help=" ".join(QUESTIONS))
    parser.add_argument("--concurrency", type=int, default=4, help="repositories at once, of gitark and of git beside it (default 4)")
    parser.add_argument("--markdown", type=pathlib.Path, metavar="FILE", help="write the table to this file too")
    options = parser.parse_args()
    # An end from outside cleans up as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    subprocess.run(["cargo", "build", "--release", "--quiet", "--workspace"], check=True, cwd=ROOT)
    programs = CACHE.parent / "release"
    try:
        with contextlib.ExitStack() as stack:
            context = Context(programs / "gitark", programs / "github-emulator", options.runs, options.concurrency, stack)
            found = [*versions(context.gitark), ("runs", f"medians of {options.runs}, in turns")]
            for name, value in found:
                print(f"{name:10} {value}")
            for name in options.only:
                QUESTIONS[name].run(context)
            if options.markdown:
                options.markdown.write_text(context.table.markdown(found))
    except Failed as error:
        sys.exit(f"bench: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
