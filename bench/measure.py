"""Runs commands, times them side by side, and keeps the lines of the table."""
import contextlib
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
CACHE = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve() / "bench"
ENVIRONMENT = {
    "PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_TERMINAL_PROMPT": "0",
    "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_NAME": "C", "GIT_COMMITTER_EMAIL": "c@example.com",
}
KB, MB = 10**3, 10**6
SAMPLE_SECONDS = 0.02
TITLES = ("what", "gitark", "beside it", "ratio", "target", "met")


class Failed(Exception):
    """A command failed; the text says which and why."""


class Figures:
    """What one run of a command took: seconds, and the peak of anonymous memory in bytes when it was sampled."""

    def __init__(self, wall, cpu, anonymous=0):
        self.wall, self.cpu, self.anonymous = wall, cpu, anonymous


def run(command, input=None, cwd=None):
    """The output of a command that must succeed, without the newline at its end."""
    done = subprocess.run([str(part) for part in command], input=input, cwd=cwd, capture_output=True, text=True, env=ENVIRONMENT)
    if done.returncode != 0:
        raise Failed(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout.rstrip("\n")


def git(directory, *arguments, input=None):
    return run(["git", "-C", directory, *arguments], input)


def measure(command, environment=None, sample_memory=False):
    """What a command and its children took; it must succeed. Memory is that of the command alone."""
    command = [str(part) for part in command]
    start = time.perf_counter()
    process = subprocess.Popen(command, env=ENVIRONMENT | (environment or {}), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    peak, ended = [0], threading.Event()
    sampler = threading.Thread(target=sample, args=(process.pid, ended, peak), daemon=True)
    if sample_memory:
        sampler.start()
    try:
        error = process.stderr.read()
        # Unlike Popen.wait, this says what the command and the children that it waited for used.
        _, status, usage = os.wait4(process.pid, 0)
    except BaseException:
        process.kill()
        process.wait()
        raise
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    ended.set()
    if process.returncode != 0:
        raise Failed(f"{' '.join(command)}: exit code {process.returncode}: {error.decode(errors='replace').strip()}")
    return Figures(wall, usage.ru_utime + usage.ru_stime, peak[0])


def sample(pid, ended, peak):
    """Anonymous memory counts: mapped files can be dropped at any time."""
    while not ended.wait(SAMPLE_SECONDS):
        try:
            status = pathlib.Path(f"/proc/{pid}/status").read_text()
        except OSError:
            return
        for line in status.splitlines():
            if line.startswith("RssAnon:"):
                peak[0] = max(peak[0], int(line.split()[1]) * 1024)


def compare(runs, ours, theirs, environment=None, sample_memory=False):
    """Runs both in turns; `ours` and `theirs` make a command for each turn, and may prepare it outside the time."""
    figures = ([], [])
    for turn in range(runs):
        figures[0].append(measure(ours(turn), environment, sample_memory))
        figures[1].append(measure(theirs(turn)))
    return Comparison(*figures)


class Comparison:
    """Runs of gitark and of something else, in turns."""

    def __init__(self, ours, theirs):
        self.ours, self.theirs = ours, theirs

    def medians(self, field):
        return tuple(statistics.median(getattr(run, field) for run in runs) for runs in (self.ours, self.theirs))

    def ratio(self, field):
        """The median of the turns' ratios: what slows both of a turn does not count."""
        return statistics.median(getattr(a, field) / getattr(b, field) for a, b in zip(self.ours, self.theirs))


class Table:
    """The lines of the result: printed as they come, written as Markdown in the end."""

    def __init__(self):
        self.sections = []

    def section(self, title, about=""):
        self.sections.append((title, about, []))
        print(f"\n{title}" + (f"\n  {about}" if about else ""), flush=True)
        self.show(TITLES)

    def show(self, cells):
        what, *numbers = cells
        widths = (11, 11, 7, 16, 3)
        print(f"  {what:<62}" + "".join(f" {cell:>{width}}" for cell, width in zip(numbers, widths)).rstrip(), flush=True)

    def line(self, what, ours, beside="", ratio="", target="", met=None):
        cells = (what, ours, beside, ratio, target, {None: "", True: "yes", False: "no"}[met])
        self.sections[-1][2].append(cells)
        self.show(cells)

    def ratio(self, what, comparison, field, limit=None, slack=None):
        """A line with both medians in seconds. `limit` is the largest ratio; `slack` seconds more than the other instead."""
        ours, theirs = comparison.medians(field)
        ratio = comparison.ratio(field)
        target, met = "", None
        if slack is not None:
            target, met = f"≤ git + {slack} s", ours <= theirs + slack
        elif limit is not None:
            target, met = f"≤ {limit:.2f}x", ratio <= limit
        self.line(what, seconds(ours), seconds(theirs), f"{ratio:.3f}x", target, met)

    def at_most(self, what, value, limit, show=str, beside=""):
        self.line(what, show(value), beside, "", f"≤ {show(limit)}", value <= limit)

    def skipped(self, what, why):
        self.line(f"{what}: skipped, {why}", "-")

    def markdown(self, versions):
        lines = ["| | |", "| --- | --- |"] + [f"| {name} | {value} |" for name, value in versions]
        for title, about, rows in self.sections:
            lines += ["", f"### {title}", ""] + ([about, ""] if about else [])
            for cells in (TITLES, ("---",) * len(TITLES), *rows):
                lines.append("| " + " | ".join(cells) + " |")
        return "\n".join(lines) + "\n"


def seconds(value):
    return f"{value:.3f} s"


def size(value):
    """Bytes in the unit that fits."""
    for unit, name, digits in ((MB, "MB", 2), (KB, "KB", 1)):
        if value >= unit:
            return f"{value / unit:.{digits}f} {name}"
    return f"{value:.0f} B"


def megabytes(value):
    return f"{value / MB:.0f} MB"


def versions(gitark):
    processor = next((line.split(":", 1)[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                      if line.startswith("model name")), platform.machine())
    commit = run(["git", "-C", ROOT, "describe", "--always", "--dirty"])
    return [("gitark", f"{run([gitark, '--version']).splitlines()[0]} ({commit}, release build)"), ("git", run(["git", "--version"]).split()[2]),
            ("kernel", f"{platform.system()} {platform.release()}"), ("processor", f"{processor}, {os.cpu_count()} cores"),
            ("when", time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()))]


def fresh(directory):
    """The path, with nothing there."""
    shutil.rmtree(directory, ignore_errors=True)
    return directory


def copy(source, target):
    """A copy of a tree in the place of what is at `target`. Packs are hard links: nothing writes to them in place."""
    def copy_file(a, b):
        if a.endswith((".pack", ".idx", ".rev")):
            os.link(a, b)
        else:
            shutil.copy2(a, b)
    return shutil.copytree(source, fresh(target), copy_function=copy_file, symlinks=True)


def files(directory):
    """The files below a directory: path to (identity, length). Writing one anew changes its identity."""
    found = {}
    for path in pathlib.Path(directory).rglob("*"):
        if path.is_file():
            status = path.stat()
            found[str(path.relative_to(directory))] = ((status.st_ino, status.st_mtime_ns), status.st_size)
    return found


@contextlib.contextmanager
def server(command, environment=None):
    """A process that is ended with this block; what it prints can be read."""
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                               env=ENVIRONMENT | (environment or {}), start_new_session=True)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
