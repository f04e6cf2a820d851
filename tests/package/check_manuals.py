#!/usr/bin/python3
"""Checks that man formats the manual pages without a warning, and that they have all commands and options of the programs.

usage: check_manuals.py DIRECTORY_OF_PROGRAMS
"""

import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
                          env={**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "100"})
    if done.returncode != 0 or done.stderr:
        sys.exit(f"{' '.join(map(str, command))}: exit code {done.returncode}, {done.stderr}")
    return done.stdout


def main(programs):
    wrong = []
    for page in sorted((ROOT / "docs/man").iterdir()):
        program = page.stem
        text = re.sub("\N{HYPHEN}", "-", run("man", "--warnings", "--local-file", page))
        version = run(f"{programs}/{program}", "--version").split()[1]
        if f"CIP {version}" not in text:
            wrong.append(f"{page.name} is not of version {version}")
        top = run(f"{programs}/{program}", "--help")
        commands = re.findall(r"(?m)^  ([a-z]+) ", re.split(r"(?m)^(?:options|example):", top)[0])
        helps = [top] + [run(f"{programs}/{program}", command, "--help") for command in commands]
        options = {option for each in helps for option in re.findall(r"(?m)^  (?:-\w \[ )?(--[a-z-]+)", each)}
        if len(options) < 5:
            wrong.append(f"the help of {program} cannot be read: {options}")
        wrong += [f"{page.name} does not have {word}" for word in [*commands, *sorted(options)]
                  if not re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text)]
    if wrong:
        sys.exit("\n".join(wrong))
    print("the manual pages are complete")


if __name__ == "__main__":
    main(sys.argv[1])
