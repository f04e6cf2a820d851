#!/usr/bin/python3
"""Gives what `cipc graph` writes to those that will read it: graphviz, and a strict XML parser.

usage: check_graph.py CIPC SPECIFICATION...

Besides the specifications that are given: one with all that could end a string, a tag or a script.
"""

import collections
import json
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

SVG = "{http://www.w3.org/2000/svg}"
HTML = "{http://www.w3.org/1999/xhtml}"

NASTY = r"""edition 1;
cluster nasty-1 {}
provider blue { lan left; }
clim n1 {
  control 192.168.100.1;
  interface fifteen-bytes-1 {
    provider blue; lan left;
    description "<b> & ' \" \\ \\N ]]> --> </script><script>x</script> &amp; café 中";
    address 10.1.0.1/24;
    failover n2.eth1;
  }
}
clim n2 { control 192.168.100.2; interface eth1 { provider blue; lan left; } }
"""
DESCRIPTION = "<b> & ' \" \\ \\N ]]> --> </script><script>x</script> &amp; café 中"


def run(*command, text=None):
    done = subprocess.run(command, input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0 or "Warning" in done.stderr or "rror" in done.stderr:
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout


def expect(what, found, expected):
    if found != expected:
        sys.exit(f"{what}: found {found}, expected {expected}")


def elements(tree, name, kind):
    return [each for each in tree.iter(SVG + name) if each.get("class") == kind]


def first_lines(groups):
    return [group.find(SVG + "title").text.splitlines()[0] for group in groups]


def state(cipc, specification, directory):
    """Interfaces (without tunnels and slaves) and failover statements, from the state tree."""
    tree = pathlib.Path(directory) / "tree"
    run(cipc, "build", specification, "-o", str(tree))
    interfaces, failovers = set(), set()
    for file in tree.glob("*/home/*.json"):
        home = json.loads(file.read_text())
        name = f"{file.parts[-3]}.{file.stem}"
        interfaces.add(name)
        if "failover" in home:
            failovers.add((name, home["failover"]))
    return interfaces, {frozenset(pair) for pair in failovers}


def check_svg(text, interfaces, pairs):
    tree = ElementTree.fromstring(text)
    names = collections.Counter(line.split(":")[0] for line in first_lines(elements(tree, "g", "row")))
    expect("rows that are there twice", [name for name, count in names.items() if count > 1], [])
    expect("interfaces without a row", interfaces - set(names), set())
    expect("lines", len(elements(tree, "g", "pair")), len(pairs))
    expect("scripts", len(list(tree.iter(SVG + "script"))), 0)
    return names


def check_html(text, names, pairs):
    tree = ElementTree.fromstring(text)
    scripts = list(tree.iter(HTML + "script"))
    expect("scripts", len(scripts), 2)
    data = json.loads(scripts[0].text)
    expect("interfaces in the data", sorted(each["name"] for each in data["interfaces"].values()), sorted(names))
    ids = collections.Counter(each.get("id") for each in tree.iter() if each.get("id"))
    expect("ids that are there twice", [name for name, count in ids.items() if count > 1], [])
    parts = {part for each in data["interfaces"].values() for part in each["parts"]} | set(data["interfaces"])
    expect("ids that the script misses", parts - set(ids), set())
    rows = list(next(tree.iter(HTML + "tbody"), []))
    expect("rows of the table", {frozenset(button.text for button in row.iter(HTML + "button")) for row in rows}, pairs)
    return data


def check_dot(text, names, pairs):
    drawn = ElementTree.fromstring(run("dot", "-Tsvg", text=text))
    nodes = {each.find(SVG + "title").text for each in elements(drawn, "g", "node")}
    expect("nodes", {name for name in nodes if not name.startswith("lan:")}, set(names))
    edges = {frozenset(title.split("->")) for title in first_lines(elements(drawn, "g", "edge"))}
    expect("pairs without an edge", pairs - edges, set())
    return drawn


def check(cipc, specification):
    with tempfile.TemporaryDirectory() as directory:
        interfaces, pairs = state(cipc, specification, directory)
    svg, html, dot = (run(cipc, "graph", specification, "--format", name) for name in ("svg", "html", "dot"))
    names = check_svg(svg, interfaces, pairs)
    return svg, check_html(html, names, pairs), check_dot(dot, names, pairs)


def check_nasty(cipc):
    with tempfile.TemporaryDirectory() as directory:
        file = pathlib.Path(directory) / "nasty.cip"
        file.write_text(NASTY, encoding="utf-8")
        svg, data, drawn = check(cipc, str(file))
    titles = [title.text for title in ElementTree.fromstring(svg).iter(SVG + "title")]
    expect("descriptions in the drawing", sum(f"description {DESCRIPTION}" in title for title in titles), 1)
    expect("descriptions in the data", sum(["description", DESCRIPTION] in each["facts"]
                                           for each in data["interfaces"].values()), 1)
    tooltips = {each.get("{http://www.w3.org/1999/xlink}title") for each in drawn.iter()} - {None}
    expect("descriptions in graphviz's drawing", sum(DESCRIPTION in text for text in tooltips), 1)


def main(cipc, *specifications):
    for specification in specifications:
        check(cipc, specification)
    check_nasty(cipc)


if __name__ == "__main__":
    main(*sys.argv[1:])
