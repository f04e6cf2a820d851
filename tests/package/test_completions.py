#!/usr/bin/python3
"""Compares what bash completes with what the programs' --help says.

usage: test_completions.py DIRECTORY_OF_PROGRAMS
"""

import os
import pathlib
import re
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = ""

ASK = r"""
source packaging/completions/cip.bash
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_cip "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\n' "${COMPREPLY[@]}"
"""


def environment():
    return {**os.environ, "PATH": f"{PROGRAMS}:{os.environ['PATH']}"}


def completed(*words):
    """What bash offers for the last word, as a set; each of it once."""
    done = subprocess.run(["bash", "-c", ASK, "bash", *words], cwd=ROOT, env=environment(), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True)
    return set(done.stdout.split())


def help_of(*command):
    return subprocess.run([*command, "--help"], env=environment(), stdout=subprocess.PIPE, text=True, check=True).stdout


def options_in(text):
    """The table of options, and what the usage line has."""
    usage = text.split("\n\n")[0] if text.startswith("usage:") else re.search(r"(?m)^usage:.*$", text).group(0)
    return set(re.findall(r"(?m)^  (?:-\w \[ )?(--[a-z-]+)", text)) | set(re.findall(r"--[a-z-]+", usage))


def commands_of(program):
    text = re.split(r"(?m)^(?:options|example):", help_of(program))[0]
    return set(re.findall(r"(?m)^  ([a-z]+) ", text))


class Completions(unittest.TestCase):
    def test_commands(self):
        for program, some in (("cipc", {"check", "whatif", "lsp"}), ("cipctl", {"status", "switch", "keygen"})):
            self.assertTrue(some <= commands_of(program))
            self.assertEqual(completed(program, ""), commands_of(program))
        self.assertEqual(completed("cipctl", "ifst"), {"ifstop", "ifstart"})

    def test_options_of_every_command(self):
        self.assertEqual(completed("cipd", "-"), options_in(help_of("cipd")))
        self.assertIn("--clim", completed("cipd", "-"))
        for program in ("cipc", "cipctl"):
            for command in commands_of(program):
                with self.subTest(program=program, command=command):
                    self.assertEqual(completed(program, command, "--"), options_in(help_of(program, command)))
        self.assertTrue({"--help", "--werror", "--output"} <= completed("cipc", "build", "--"))
        for source in ("climconfig", "iproute"):
            self.assertEqual(completed("cipc", "import", source, "-"), options_in(help_of("cipc", "import", source)))

    def test_values(self):
        self.assertEqual(completed("cipc", "import", ""), {"climconfig", "iproute"})
        self.assertEqual(completed("cipctl", "switch", ""), {"failover", "restore"})
        self.assertEqual(completed("cipctl", "switch", "--provider", "blue", ""), {"failover", "restore"})
        self.assertEqual(completed("cipctl", "--runtime-dir", "/run", "switch", "r"), {"restore"})
        self.assertEqual(completed("cipc", "check", "--format", ""), {"text", "json", "sarif"})
        self.assertEqual(completed("cipc", "graph", "x.cip", "--format", "=", "s"), {"svg"})
        self.assertEqual(completed("cipctl", "events", "--format", "="), {"text", "json"})
        self.assertTrue({"E0201", "E0210"} <= completed("cipc", "explain", "E02"))
        self.assertEqual(completed("cipctl", "events", "--follow", ""), set())

    def test_files(self):
        self.assertEqual(completed("cipc", "check", "examples/pair/p"), {"examples/pair/pair.cip"})
        self.assertEqual(completed("cipc", "build", "x.cip", "-o", "exam"), {"examples"})
        self.assertEqual(completed("cipd", "--clim", "n1", "--state", "exam"), {"examples"})


if __name__ == "__main__":
    PROGRAMS = sys.argv.pop(1)
    unittest.main()
