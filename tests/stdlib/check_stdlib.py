#!/usr/bin/python3
"""The standard library: every module is in the program, formatted, and compiles alone; every template and constant is used in
the corpus (tests/corpus/valid/std-*.cip); docs/stdlib.md is what the modules say (UPDATE_EXPECTED=1 writes it anew); and
the program finds them where it was built and where it is installed.

usage: check_stdlib.py CIPC BUILD_DIRECTORY
"""

import collections
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "stdlib/std").glob("*.cip"))
PAGE = ROOT / "docs/stdlib.md"
CIPC = pathlib.Path()
BUILD = pathlib.Path()

HEAD = """# The standard library

Modules that are a part of `cipc`: `import "std/bond.cip";` finds them wherever it runs, and always those of its own version.
Their templates and constants are `bond.NAME` then, or what `as` says. The sources are in `stdlib/std` and, installed, in
`share/cip/std`: each is short, and an example of how such things are written.

*Made from the comments of the modules by `tests/stdlib/check_stdlib.py` (`UPDATE_EXPECTED=1`).*
"""

Template = collections.namedtuple("Template", "name parameters target comment")
Constants = collections.namedtuple("Constants", "rows comment")  # (name, value) of those under one comment


def split(text):
    """At the commas that are in no brackets."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in "([") - (character in ")]")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [" ".join(part.split()) for part in parts if part.strip()]


def comment_before(lines):
    return " ".join(line[1:].strip() for line in lines)


def declarations(text):
    """The comment of the module, and what it declares, in order. A comment holds for all constants up to an empty line."""
    paragraphs = re.split(r"\n\n", text.strip())
    about = comment_before([line for line in paragraphs[0].splitlines() if line.startswith("#")])
    found = []
    for paragraph in paragraphs[1:]:
        lines = paragraph.splitlines()
        comment = comment_before([line for line in lines if line.startswith("#")])
        constants = re.findall(r"^const (\w+) = (.*);$", paragraph, re.MULTILINE)
        template = re.search(r"^template (\w+)\((.*)\)\s+for (\w+) \{$", paragraph, re.MULTILINE | re.DOTALL)
        if constants:
            found.append(Constants(constants, comment))
        elif template:
            found.append(Template(template[1], split(template[2]), template[3], comment))
    return about, found


def page():
    text = HEAD
    for module in MODULES:
        about, found = declarations(module.read_text())
        text += f"\n## std/{module.name}\n\n{about}\n"
        for entry in found:
            if isinstance(entry, Template):
                text += f"\n### {module.stem}.{entry.name}\n\n{entry.comment} For `{entry.target}`.\n"
                if entry.parameters:
                    text += "\n| parameter | type | default |\n| --- | --- | --- |\n"
                for parameter in entry.parameters:
                    name, rest = parameter.split(": ", 1)
                    kind, _, default = rest.partition(" = ")
                    text += f"| `{name}` | `{kind}` | {f'`{default}`' if default else ''} |\n"
            else:
                text += f"\n{entry.comment}\n\n| constant | value |\n| --- | --- |\n"
                text += "".join(f"| `{module.stem}.{name}` | `{value}` |\n" for name, value in entry.rows)
    return text


def run(*command, cwd=ROOT):
    done = subprocess.run([str(word) for word in command], cwd=cwd, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


def using_all():
    """A specification that imports every module and has something of one."""
    return "".join(f'import "std/{module.name}";\n' for module in MODULES) + (
        'use times.fast("lab");\nclim n1 { control ip(host(net.PRIVATE_10, 1)); bond bond0 { slaves eth1; use bond.lacp(); } }\n')


class Library(unittest.TestCase):
    def test_every_declaration_is_seen_and_has_a_comment(self):
        for module in MODULES:
            text = module.read_text()
            about, found = declarations(text)
            names = [entry.name for entry in found if isinstance(entry, Template)]
            names += [name for entry in found if isinstance(entry, Constants) for name, _ in entry.rows]
            self.assertEqual(sorted(names), sorted(re.findall(r"^(?:const|template) (\w+)", text, re.MULTILINE)), module)
            for comment in [about, *(entry.comment for entry in found)]:
                self.assertTrue(comment, f"{module}: a comment is missing")

    def test_the_program_has_every_module_and_no_other(self):
        with tempfile.TemporaryDirectory() as name:
            wrong = pathlib.Path(name) / "wrong.cip"
            wrong.write_text('import "std/nothing.cip";\n')
            code, printed = run(CIPC, "check", wrong)
        self.assertEqual(code, 1)
        self.assertEqual(re.findall(r"std/(?!nothing)\w+\.cip", printed), [f"std/{module.name}" for module in MODULES])

    def test_formatted_and_compiles_alone(self):
        self.assertEqual(run(CIPC, "fmt", "--check", *MODULES), (0, ""))
        for module in MODULES:
            self.assertEqual(run(CIPC, "check", module), (0, ""), module)

    def test_the_corpus_uses_everything(self):
        used = ""
        for file in (ROOT / "tests/corpus/valid").glob("std-*.cip"):
            used += re.sub(r"#.*", "", file.read_text())
        for module in MODULES:
            for entry in declarations(module.read_text())[1]:
                if isinstance(entry, Template):
                    self.assertRegex(used, rf"use {module.stem}\.{entry.name}\(")
                else:
                    for name, _ in entry.rows:
                        self.assertRegex(used, rf"\b{module.stem}\.{name}\b")

    def test_the_standard_times_are_the_defaults(self):
        clim = "clim n1 { control 192.168.100.1; }\n"
        with tempfile.TemporaryDirectory() as name:
            tree = {}
            for kind, text in (("set", 'import "std/times.cip";\nuse times.standard("lab");\n'), ("unset", "cluster lab { }\n")):
                (pathlib.Path(name) / f"{kind}.cip").write_text(text + clim)
                self.assertEqual(run(CIPC, "build", f"{kind}.cip", "-o", kind, cwd=name), (0, ""))
                tree[kind] = (pathlib.Path(name) / kind / "n1/clim.json").read_text()
        self.assertIn("heartbeat-ms", tree["set"])
        self.assertEqual(tree["set"], tree["unset"])

    def test_page(self):
        if "UPDATE_EXPECTED" in os.environ:
            PAGE.write_text(page())
        self.assertEqual(PAGE.read_text(), page(), "run it with UPDATE_EXPECTED=1")

    def test_found_where_it_was_built(self):
        with tempfile.TemporaryDirectory() as name:
            (pathlib.Path(name) / "all.cip").write_text(using_all())
            self.assertEqual(run(CIPC, "check", "all.cip", cwd=name), (0, ""))

    def test_found_where_it_is_installed(self):
        with tempfile.TemporaryDirectory() as name:
            prefix = pathlib.Path(name) / "prefix"
            for room in ("compiler/tools", "stdlib"):
                code, printed = run("cmake", "--install", BUILD / room, "--prefix", prefix)
                self.assertEqual(code, 0, printed)
            (pathlib.Path(name) / "all.cip").write_text(using_all())
            self.assertEqual(run(prefix / "bin/cipc", "check", "all.cip", cwd=name), (0, ""))
            self.assertEqual(sorted(file.name for file in (prefix / "share/cip/std").iterdir()),
                             [module.name for module in MODULES])
            # A directory of this name beside the specification is no other library.
            (pathlib.Path(name) / "std").mkdir()
            (pathlib.Path(name) / "std/bond.cip").write_text("this is wrong\n")
            self.assertEqual(run(prefix / "bin/cipc", "check", "all.cip", cwd=name), (0, ""))


if __name__ == "__main__":
    BUILD = pathlib.Path(sys.argv.pop()).resolve()
    CIPC = pathlib.Path(sys.argv.pop()).resolve()
    unittest.main()
