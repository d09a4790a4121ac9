#!/usr/bin/env python3
"""The reference of the module's variables and outputs, in its README.md, from the files themselves.

usage: reference.py [--write]      without it, fails when README.md says otherwise
"""
import pathlib
import re
import sys

MODULE = pathlib.Path(__file__).resolve().parent.parent / "terraform"
BEGIN, END = "<!-- reference: written by infra/check/reference.py -->\n", "<!-- end of the reference -->\n"


def blocks(file, word):
    """Name and arguments of each block of a file."""
    for name, body in re.findall(rf'^{word} "(\w+)" \{{\n(.*?)^\}}', (MODULE / file).read_text(), re.M | re.S):
        yield name, dict(re.findall(r"^  (\w+) += (.*)$", body, re.M))


def text(value):
    return value[1:-1].replace('\\"', '"').replace("|", "\\|")


def reference():
    lines = ["## Variables\n", "\n", "| variable | what | type | default |\n", "| --- | --- | --- | --- |\n"]
    for name, arguments in blocks("variables.tf", "variable"):
        default = f"`{arguments['default']}`" if "default" in arguments else "must be set"
        lines.append(f"| `{name}` | {text(arguments['description'])} | `{arguments['type']}` | {default} |\n")
    lines += ["\n", "## Outputs\n", "\n", "| output | what |\n", "| --- | --- |\n"]
    lines += [f"| `{name}` | {text(arguments['description'])} |\n" for name, arguments in blocks("outputs.tf", "output")]
    return "".join(lines)


def main():
    file = MODULE / "README.md"
    before = file.read_text()
    start, end = before.index(BEGIN) + len(BEGIN), before.index(END)
    after = f"{before[:start]}\n{reference()}\n{before[end:]}"
    if sys.argv[1:] == ["--write"]:
        file.write_text(after)
    elif after != before:
        sys.exit("infra/terraform/README.md is not what variables.tf and outputs.tf say: run infra/check/reference.py --write")


if __name__ == "__main__":
    main()
