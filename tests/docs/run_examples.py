#!/usr/bin/python3
"""Runs the examples of the documentation, so that none of them lies: README.md, docs/*.md, examples/*/README.md.

In a page, in order, in one directory, which is empty or (examples) has the files of the example:
  ```cip NAME.cip         is written to the file NAME.cip; the page's commands say what it is good for
  ```cip                  is a whole specification, and must have no error
  ```cip fragment=clim    is a part of a block of this kind, and must have no error there
  ```cip error=E0205      must have this error (several: E0205,E0206) and no other; also with fragment=
  ```console              each `$ command` is run; what it prints must be what stands below it (`...` alone on a line: anything)
Other blocks are left alone. Exit codes that are not 0 are written as a last line `[exit 1]`.

usage: run_examples.py DIRECTORY-OF-PROGRAMS [PAGE...]
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"^(?:error|warning)\[(\w+)\]", re.MULTILINE)
# What stands around a part of a block.
AROUND = {
    "cluster": "cluster lab {{ {} }}",
    "provider": "provider blue {{ {} }}",
    "clim": "provider blue; clim n1 {{ control 192.168.100.1; {} }}",
    "interface": "provider blue; clim n1 {{ control 192.168.100.1; interface eth1 {{ {} }} }}",
    "bond": "provider blue; clim n1 {{ control 192.168.100.1; bond bond0 {{ {} }} }}",
    "tunnel": "clim n1 {{ control 192.168.100.1; interface eth1 {{ address 10.1.0.1/24; }} tunnel tun1 {{ {} }} }}",
    "ipsec": "clim n1 {{ control 192.168.100.1; interface eth1 {{ address 10.1.0.1/24; }} ipsec partner {{ {} }} }}",
}


def run(command, directory, programs):
    environment = dict(os.environ, PATH=f"{programs}:{os.environ['PATH']}", NO_COLOR="1", LC_ALL="C")
    done = subprocess.run(command, shell=True, cwd=directory, env=environment, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.stdout + (f"[exit {done.returncode}]\n" if done.returncode else "")


def matches(printed, expected):
    pattern = "".join(r"(?:.*\n)*" if line == "..." else re.escape(line) + "\n"
                      for line in expected.splitlines())
    return re.fullmatch(pattern, printed) is not None


def console(text):
    """(command, expected output) of each `$` line."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, expected = part.partition("\n")
        yield command, expected


class Page:
    def __init__(self, path, programs):
        self.path = path
        self.programs = programs
        self.count = 0

    def fail(self, what):
        sys.exit(f"{self.path}: {what}")

    def specification(self, info, text, directory):
        options = dict(word.split("=", 1) for word in info if "=" in word)
        names = [word for word in info if "=" not in word]
        if set(options) - {"fragment", "error"} or len(names) > 1 or (names and options):
            self.fail(f"unknown words behind ```cip: {' '.join(info)}")
        if names:
            (directory / names[0]).write_text(text)
            return
        if options.get("fragment", "clim") not in AROUND:
            self.fail(f"there is no fragment={options['fragment']}")
        text = AROUND[options["fragment"]].format("\n" + text) if "fragment" in options else text
        (directory / "example.cip").write_text(text)
        printed = run("cipc check example.cip", directory, self.programs)
        wanted = set(options["error"].split(",")) if "error" in options else set()
        errors = {code for code in CODE.findall(printed) if code.startswith("E") or code in wanted}
        # Without an error of its own it may only be the program that failed.
        if errors != wanted or ("[exit" in printed and not errors):
            self.fail(f"an example should have {wanted or 'no error'}:\n{text}\nbut it has\n{printed}")

    def commands(self, text, directory):
        for command, expected in console(text):
            self.count += 1
            printed = run(command, directory, self.programs)
            if not matches(printed, expected):
                self.fail(f"`{command}` printed\n{printed}but the page says\n{expected}")

    def check(self):
        text = self.path.read_text()
        blocks = FENCE.findall(text)
        if len(re.findall(r"^\s*```cip\b", text, re.MULTILINE)) != sum(kind == "cip" for kind, _, _ in blocks):
            self.fail("a ```cip block is indented or not closed, and would not be looked at")
        with tempfile.TemporaryDirectory() as name:
            directory = pathlib.Path(name)
            if self.path.parent.parent.name == "examples":
                shutil.copytree(self.path.parent, directory, dirs_exist_ok=True)
            for kind, info, block in blocks:
                if kind == "cip":
                    self.count += 1
                    self.specification(info.split(), block, directory)
                elif kind == "console":
                    self.commands(block, directory)
        return self.count


def all_pages():
    return [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md")), *sorted(ROOT.glob("examples/*/README.md"))]


def main(programs, *names):
    programs = pathlib.Path(programs).resolve()
    pages = [pathlib.Path(name).resolve() for name in names] or all_pages()
    counts = {str(page.relative_to(ROOT)): Page(page, programs).check() for page in pages}
    if not all(counts.get(page, 1) for page in ("README.md", "docs/tutorial.md", "docs/language.md")):
        sys.exit(f"a page has no example: {counts}")
    print(", ".join(f"{page}: {count}" for page, count in counts.items() if count))


if __name__ == "__main__":
    main(*sys.argv[1:])
