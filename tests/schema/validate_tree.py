#!/usr/bin/python3
"""Checks every file of state trees against the schemas that we ship. A specification is built with cipc, a directory is
a tree.

usage: validate_tree.py CIPC SPECIFICATION|DIRECTORY...
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]


def schema(name):
    text = (ROOT / "state/schemas" / f"{name}.schema.json").read_text()
    return jsonschema.Draft202012Validator(json.loads(text), format_checker=jsonschema.FormatChecker())


SCHEMAS = {"manifest.json": schema("manifest"), "clim.json": schema("clim"), "source-map.json": schema("source-map")}
HOME = schema("home-interface")


def errors_of(file):
    """The first few words of each thing that is wrong with the file."""
    validator = SCHEMAS.get(file.name, HOME)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(json.loads(file.read_text()))]


def check_tree(tree, shown):
    """How many files of the tree are as the schemas say; ends the program at the first that is not."""
    files = sorted(tree.rglob("*.json"))
    for file in files:
        if found := errors_of(file):
            sys.exit(f"{shown}: {file.relative_to(tree)}: {found}")
    return len(files)


def check_refusals():
    """A schema that accepts anything would pass all trees."""
    for validator in (*SCHEMAS.values(), HOME):
        if validator.is_valid({"format": 1, "surprise": True}):
            sys.exit("a schema accepts an unknown key")
    bare = {"format": 1, "name": "n1.x", "kind": "physical"}
    slaves = [{"name": "eth2"}]
    bond = {"kind": "bond", "bond": {"slaves": slaves, "mode": "802.3ad", "miimon-ms": 100}}
    tunnel = {"name": "x", "remote": "192.0.2.1", "ttl": 64}
    for good in ({}, {"match-mac": "02:00:00:00:00:01"}, bond, {"kind": "tunnel", "tunnels": [tunnel]}):
        if not HOME.is_valid({**bare, **good}):
            sys.exit(f"the schema of home interfaces refuses {good}")
    for bad in (
        {"kind": "bond"},
        {"bond": bond["bond"]},
        {"kind": "bond", "bond": {**bond["bond"], "slaves": []}},
        {"kind": "bond", "bond": {**bond["bond"], "primary": "eth2"}},
        {"kind": "vlan", "vlan": {"link": "eth1", "id": 4095}},
        {"kind": "maintenance", "failover": "n2.x"},
        {"kind": "maintenance", "match-mac": "02:00:00:00:00:01"},
        {"rules": [{"priority": 1, "table": 1}]},
        {"tunnels": [tunnel]},
        {"kind": "tunnel", "tunnels": [{**tunnel, "local": "10.0.0.1"}]},
        {"kind": "tunnel", "tunnels": [tunnel], "mtu": 1400},
        {"kind": "tunnel", "tunnels": [{**tunnel, "ttl": 0}]},
    ):
        if HOME.is_valid({**bare, **bad}):
            sys.exit(f"the schema of home interfaces accepts {bad}")


def main(cipc, *sources):
    checked = 0
    for source in sources:
        if pathlib.Path(source).is_dir():
            checked += check_tree(pathlib.Path(source), source)
            continue
        with tempfile.TemporaryDirectory() as directory:
            tree = pathlib.Path(directory) / "tree"
            subprocess.run([cipc, "build", source, "-o", tree], check=True)
            checked += check_tree(tree, source)
    check_refusals()
    if checked < 6 * len(sources):
        sys.exit(f"only {checked} files were checked")
    print(f"{checked} files are as the schemas say")


if __name__ == "__main__":
    main(*sys.argv[1:])
