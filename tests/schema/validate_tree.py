#!/usr/bin/python3
"""Builds specifications with cipc and checks every file of the state tree against the schemas that we ship.

usage: validate_tree.py CIPC SPECIFICATION...
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


def main(cipc, *specifications):
    checked = 0
    for specification in specifications:
        with tempfile.TemporaryDirectory() as directory:
            tree = pathlib.Path(directory) / "tree"
            subprocess.run([cipc, "build", specification, "-o", tree], check=True)
            for file in sorted(tree.rglob("*.json")):
                found = errors_of(file)
                if found:
                    sys.exit(f"{specification}: {file.relative_to(tree)}: {found}")
                checked += 1
    # A schema that accepts anything would pass the above.
    for validator in (*SCHEMAS.values(), HOME):
        if validator.is_valid({"format": 1, "surprise": True}):
            sys.exit("a schema accepts an unknown key")
    if checked < 6 * len(specifications):
        sys.exit(f"only {checked} files were checked")
    print(f"{checked} files are as the schemas say")


if __name__ == "__main__":
    main(*sys.argv[1:])
