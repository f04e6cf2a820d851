#!/usr/bin/python3
"""Runs the examples of the documentation, so that none of them lies.

In a page, in order, in one empty directory:
  ```cip NAME      is written to the file NAME
  ```cip           is compiled and must have no error
  ```console       each `$ command` is run; what it prints must be what stands below it (`...` alone on a line: anything)
Other blocks are left alone. Exit codes that are not 0 are written as a last line `[exit 1]`.

usage: run_examples.py DIRECTORY-OF-PROGRAMS PAGE...
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

FENCE = re.compile(r"^```(\w+)(?: +(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run(command, directory, programs):
    environment = dict(os.environ, PATH=f"{programs}:{os.environ['PATH']}", NO_COLOR="1")
    done = subprocess.run(command, shell=True, cwd=directory, env=environment, text=True,
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


def check_page(page, programs):
    count = 0
    with tempfile.TemporaryDirectory() as directory:
        for language, name, text in FENCE.findall(page.read_text()):
            if language == "cip":
                count += 1
                file = pathlib.Path(directory) / (name or "example.cip")
                file.write_text(text)
                if not name and "error" in (printed := run(f"cipc check {file.name}", directory, programs)):
                    sys.exit(f"{page}: an example does not compile:\n{printed}")
            elif language == "console":
                for command, expected in console(text):
                    count += 1
                    printed = run(command, directory, programs)
                    if not matches(printed, expected):
                        sys.exit(f"{page}: `{command}` printed\n{printed}but the page says\n{expected}")
    return count


def main(programs, *pages):
    counts = {page: check_page(pathlib.Path(page), programs) for page in pages}
    if not all(counts.values()):
        sys.exit(f"a page has no example: {counts}")
    print(", ".join(f"{page}: {count} examples" for page, count in counts.items()))


if __name__ == "__main__":
    main(*sys.argv[1:])
