#!/usr/bin/python3
"""The grammar for editors: it is well formed, has the words of the language and no others, and gives a text the scopes
that it should.

usage: test_grammar.py PRINT_VOCABULARY [--update]   (--update: write the words of the language into the grammar)
"""

import json
import pathlib
import plistlib
import re
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
from textmate import Grammar

ROOT = pathlib.Path(__file__).resolve().parents[2]
EDITOR = ROOT / "packaging/editor"
FILE = EDITOR / "cip.tmLanguage.json"
GRAMMAR = json.loads(FILE.read_text())
WORDS = re.compile(r"\(([a-z0-9+|-]+)\)")  # the list of words in a regular expression

# Line, text in it, innermost scope. `text@2` is its second occurrence.
SAMPLES = [
    ("# a clim n1 {", "clim", "comment.line.number-sign.cip"),
    ("  mtu 9000;  # jumbo", "jumbo", "comment.line.number-sign.cip"),
    ("// no", "//", "invalid.illegal.comment.cip"),
    ("clim n1 {", "clim", "keyword.declaration.cip"),
    ("clim n1 {", "n1", "entity.name.section.cip"),
    ('clim "n{id}" {', "clim", "keyword.declaration.cip"),
    ('clim "n{id}" {', 'n', "string.quoted.double.cip"),
    ('clim "n{id}" {', "id", "variable.other.cip"),
    ('clim "n{id}" {', "{", "punctuation.section.embedded.begin.cip"),
    ('clim "n{id}" {', "{@2", "punctuation.section.block.cip"),
    ('  lan "pair{network(host(net, 1))}";', "network", "support.function.cip"),
    ('  lan "pair{network(host(net, 1))}";', "1", "constant.numeric.integer.cip"),
    (r'  description "a \"b\" \{ \x";', r"\"", "constant.character.escape.cip"),
    (r'  description "a \"b\" \{ \x";', r"\{", "constant.character.escape.cip"),
    (r'  description "a \"b\" \{ \x";', r"\x", "invalid.illegal.escape.cip"),
    ('  description "never closed;', "closed", "string.quoted.double.cip"),
    ('  description "a # b";', "# b", "string.quoted.double.cip"),
    ("  maintenance eth0 { address 192.168.100.1/24; }", "maintenance", "keyword.declaration.cip"),
    ("  maintenance eth0 { address 192.168.100.1/24; }", "eth0", "entity.name.section.cip"),
    ("  maintenance eth0 { address 192.168.100.1/24; }", "address", "keyword.other.statement.cip"),
    ("  maintenance eth0 { address 192.168.100.1/24; }", "192.168.100.1/24", "constant.numeric.prefix.cip"),
    ("  control 192.168.100.2, fd00:100::2;", "192.168.100.2", "constant.numeric.address.ip4.cip"),
    ("  control 192.168.100.2, fd00:100::2;", "fd00:100::2", "constant.numeric.address.ip6.cip"),
    ("  route 2001:db8:9::/48 via 2001:db8:1::fe;", "2001:db8:9::/48", "constant.numeric.prefix.cip"),
    ("  route 2001:db8:9::/48 via 2001:db8:1::fe;", "via", "keyword.other.cip"),
    ("  route ::/0 via fe80::1;", "::/0", "constant.numeric.prefix.cip"),
    ("  route default via GW metric -1;", "default", "keyword.other.cip"),
    ("  route default via GW metric -1;", "GW", "variable.other.cip"),
    ("  route default via GW metric -1;", "-", "keyword.operator.arithmetic.cip"),
    ("  neighbor 10.1.0.253 at 02:00:00:00:00:fd;", "02:00:00:00:00:fd", "constant.numeric.mac.cip"),
    ("  heartbeat 100ms; dead 2s;", "100", "constant.numeric.duration.cip"),
    ("  heartbeat 100ms; dead 2s;", "ms", "keyword.other.unit.cip"),
    ("  heartbeat 100ms; dead 2s;", "dead", "keyword.other.statement.cip"),
    ("  settle 3m; retry 1h;", "m", "keyword.other.unit.cip"),
    ("  settle 3m; retry 1h;", "h", "keyword.other.unit.cip"),
    ("  link-pulse 200ms;", "link-pulse", "keyword.other.statement.cip"),
    ("  heartbeat 100mss;", "100mss", "invalid.illegal.literal.cip"),
    ("  mtu 9000;", "9000", "constant.numeric.integer.cip"),
    ("  failover n2.eth1;", "n2.eth1", "variable.other.reference.cip"),
    ("failover n1.eth2.100 <-> n2.eth1;", "n1.eth2.100", "variable.other.reference.cip"),
    ("failover n1.eth1 <-> n2.eth1;", "<->", "keyword.operator.pair.cip"),
    ("  mode 802.3ad;", "802.3ad", "variable.other.cip"),
    ("  hash-policy layer3+4;", "layer3+4", "variable.other.cip"),
    ("const GW = 10.1.0.254;", "const", "keyword.control.const.cip"),
    ("const GW = 10.1.0.254;", "GW", "variable.other.constant.cip"),
    ("const GW = 10.1.0.254;", "=", "keyword.operator.assignment.cip"),
    ("const X = n-1 + n - 1;", "n-1", "variable.other.cip"),
    ("const X = a[1] == true;", "true", "constant.language.cip"),
    ("template edge(id: int, net: prefix4) for cluster {", "edge", "entity.name.function.template.cip"),
    ("template edge(id: int, net: prefix4) for cluster {", "id", "variable.parameter.cip"),
    ("template edge(id: int, net: prefix4) for cluster {", "prefix4", "support.type.cip"),
    ("template edge(id: int, net: prefix4) for cluster {", "cluster", "keyword.declaration.cip"),
    ("    mtu: int = 9000,", "mtu", "variable.parameter.cip"),
    ("template edge(ids: [int]) for cluster {", "int", "support.type.cip"),
    ("for n in 1..4 {", "n", "variable.other.loop.cip"),
    ("for n in 1..4 {", "..", "keyword.operator.range.cip"),
    ("for n in 1..4 {", "4", "constant.numeric.integer.cip"),
    ("if not (a and b) or c { } else if d { }", "not", "keyword.operator.word.cip"),
    ("if not (a and b) or c { } else if d { }", "else", "keyword.control.cip"),
    ("if not (a and b) or c { } else if d { }", "if@2", "keyword.control.cip"),
    ("if(a) { }", "if", "keyword.control.cip"),
    ("use bond.active_backup(primary: \"eth2\");", "use", "keyword.control.cip"),
    ("use bond.active_backup(primary: \"eth2\");", "bond.active_backup", "entity.name.function.cip"),
    ("use bond.active_backup(primary: \"eth2\");", "primary", "variable.parameter.cip"),
    ("use edge(id: 2 * p + 1);", "*", "keyword.operator.arithmetic.cip"),
    ("control ip(host(MGMT, id));", "ip", "support.function.cip"),
    ("assert PAIRS <= 100, \"many\";", "<=", "keyword.operator.comparison.cip"),
    ('import "std/tunnel.cip" as tunnel;', "import", "keyword.other.statement.cip"),
    ('import "std/tunnel.cip" as tunnel;', "as", "keyword.other.cip"),
    ("provider größe;", "ö", "invalid.illegal.character.cip"),
]


def vocabulary(program):
    """The words of the language by what they are."""
    words = {"block": set(), "statement": set(), "keyword": set(), "reserved": set()}
    for line in subprocess.run([program], check=True, capture_output=True, text=True).stdout.splitlines():
        kind, word = line.split(" ")
        words[kind].add(word)
    return words


def word_list(match):
    """Where the list of words stands in a regular expression."""
    return max(WORDS.finditer(match), key=lambda found: len(found.group())).span(1)


def listed(match):
    begin, end = word_list(match)
    return match[begin:end].split("|")


def word_rules(grammar, words):
    """Each rule with words of the language, and the words that it is to have."""
    repository = grammar["repository"]
    yield repository["declaration"], words["block"]
    yield repository["place"], words["block"]
    yield repository["statement"], words["statement"]
    yield repository["word"]["patterns"][3], words["keyword"]


def inner_rules(value):
    """All rules of a grammar, however deep."""
    if isinstance(value, dict):
        if {"match", "begin", "include", "patterns"} & value.keys():
            yield value
        for inner in value.values():
            yield from inner_rules(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from inner_rules(inner)


def specifications():
    """The lines of all specifications in the tree, with their place."""
    for directory in ("tests/corpus", "tests/unit/syntax/data", "examples", "stdlib"):
        for path in sorted((ROOT / directory).rglob("*.cip")):
            for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1):
                yield f"{path.relative_to(ROOT)}:{number}", line


class EditorFiles(unittest.TestCase):
    def test_other_files(self):
        for name in ("language-configuration.json", "package.json"):
            json.loads((EDITOR / name).read_text())
        contributes = json.loads((EDITOR / "package.json").read_text())["contributes"]
        self.assertTrue((EDITOR / contributes["languages"][0]["configuration"]).exists())
        self.assertTrue((EDITOR / contributes["grammars"][0]["path"]).exists())
        self.assertEqual(contributes["grammars"][0]["scopeName"], GRAMMAR["scopeName"])
        configuration = json.loads((EDITOR / "language-configuration.json").read_text())
        self.assertTrue(re.fullmatch(configuration["wordPattern"], "link-pulse"))
        self.assertTrue(re.search(configuration["indentationRules"]["increaseIndentPattern"], "clim \"a#{b}\" {  # c"))
        self.assertFalse(re.search(configuration["indentationRules"]["increaseIndentPattern"], "# clim {"))

    def test_grammar_becomes_a_property_list(self):
        self.assertEqual(plistlib.loads(plistlib.dumps(GRAMMAR)), GRAMMAR)

    def test_every_regular_expression_compiles_and_every_include_is_there(self):
        used = set()
        for rule in inner_rules(GRAMMAR):
            for key in ("match", "begin", "end"):
                if key in rule:
                    groups = re.compile(rule[key]).groups
                    for captures in ("captures", key + "Captures"):
                        self.assertTrue(all(int(index) <= groups for index in rule.get(captures, {})), rule)
            if "include" in rule:
                self.assertIn(rule["include"].removeprefix("#"), GRAMMAR["repository"])
                used.add(rule["include"].removeprefix("#"))
        self.assertEqual(used, set(GRAMMAR["repository"]))


class Words(unittest.TestCase):
    words = {}

    def test_words_are_those_of_the_language(self):
        for rule, words in word_rules(GRAMMAR, self.words):
            self.assertEqual(listed(rule["match"]), sorted(words), "run this test with --update")

    def test_reserved_words(self):
        in_words = [listed(rule["match"]) for rule in GRAMMAR["repository"]["word"]["patterns"][:3]]
        self.assertEqual(sorted(sum(in_words, [])), sorted(self.words["reserved"]))
        not_a_call = re.search(r"\(\?!\(\?:([a-z|]+)\)", GRAMMAR["repository"]["call"]["patterns"][1]["match"]).group(1)
        self.assertEqual(not_a_call.split("|"), sorted(self.words["reserved"]))

    def test_types_and_functions_are_those_of_the_manual(self):
        section = (ROOT / "docs/language.md").read_text().split("## Types and expressions")[1].split("\n## ")[0]
        types, functions = section.split("Functions:")
        for name in listed(GRAMMAR["repository"]["argument"]["patterns"][0]["match"]):
            self.assertIn(f"`{name}`", types)
        known = set(re.findall(r"`([a-z]{2,})[(`]", functions.split(". No recursion")[0]))
        self.assertEqual(set(listed(GRAMMAR["repository"]["call"]["patterns"][0]["match"])), known)


class Scopes(unittest.TestCase):
    grammar = Grammar(GRAMMAR)

    def test_samples(self):
        for line, text, expected in SAMPLES:
            text, _, count = text.partition("@")
            at = -1
            for _ in range(int(count or 1)):
                at = line.index(text, at + 1)
            scopes = self.grammar.scopes(line)[at:at + len(text)]
            with self.subTest(line=line, text=text):
                for scope in scopes:
                    self.assertEqual(scope[-1] if scope else None, expected)

    def test_everything_in_a_specification_has_a_scope(self):
        lines = 0
        for place, line in specifications():
            lines += 1
            for character, scopes in zip(line, self.grammar.scopes(line)):
                self.assertTrue(character.isspace() or scopes, f"{place}: {character!r} in: {line}")
        self.assertGreater(lines, 500)

    def test_comments_and_strings_end_where_the_language_ends_them(self):
        piece = re.compile(r'"(?:[^"\\]|\\.)*"?|#.*|[^"#]+')
        for place, line in specifications():
            scopes = self.grammar.scopes(line)
            for match in piece.finditer(line):
                kind = {'"': "string.quoted.double.cip", "#": "comment.line.number-sign.cip"}.get(match.group()[0])
                for scope in scopes[match.start():match.end()]:
                    outer = {"string.quoted.double.cip", "comment.line.number-sign.cip"}.intersection(scope)
                    self.assertEqual(outer, {kind} - {None}, f"{place}: {match.group()!r}")

    def test_valid_specifications_have_nothing_illegal(self):
        for place, line in specifications():
            if "invalid/" not in place and "data/E" not in place and "several-at-once" not in place:
                illegal = [scope for scopes in self.grammar.scopes(line) for scope in scopes if "illegal" in scope]
                self.assertEqual(illegal, [], f"{place}: {line}")


def update(words):
    for rule, wanted in word_rules(GRAMMAR, words):
        begin, end = word_list(rule["match"])
        rule["match"] = rule["match"][:begin] + "|".join(sorted(wanted)) + rule["match"][end:]
    FILE.write_text(json.dumps(GRAMMAR, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    Words.words = vocabulary(sys.argv[1])
    if sys.argv[2:] == ["--update"]:
        update(Words.words)
    else:
        unittest.main(argv=sys.argv[:1])
