#!/usr/bin/python3
"""Checks what `cipc diff --format json` prints against the schema that we ship.

usage: validate_diff.py CIPC SPECIFICATION
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]


def diff(cipc, old, new, expected):
    done = subprocess.run([cipc, "diff", old, new, "--format", "json"], stdout=subprocess.PIPE, check=False)
    if done.returncode != expected:
        sys.exit(f"cipc diff {old} {new}: exit code {done.returncode}, not {expected}")
    return json.loads(done.stdout)


def main(cipc, specification):
    schema = json.loads((ROOT / "state/schemas/diff.schema.json").read_text())
    validator = jsonschema.Draft202012Validator(schema)
    with tempfile.TemporaryDirectory() as directory:
        empty = pathlib.Path(directory) / "empty.cip"
        empty.write_text("edition 1;\n")
        other = pathlib.Path(directory) / "other.cip"
        text = pathlib.Path(specification).read_text()
        other.write_text(text.replace("10.1.0.1/24", "10.1.0.9/24").replace("heartbeat 100ms", "heartbeat 90ms"))
        kinds = set()
        for old, new, code in (
            (specification, specification, 0),
            (empty, specification, 2),
            (specification, empty, 2),
            (specification, other, 2),
        ):
            answer = diff(cipc, old, new, code)
            found = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(answer)]
            if found:
                sys.exit(f"cipc diff {old} {new}: {found}")
            if answer["summary"]["changes"] != len(answer["changes"]):
                sys.exit("the summary does not count the changes")
            kinds.update(change["kind"] for change in answer["changes"])
        if kinds != {"added", "removed", "changed"}:
            sys.exit(f"only {kinds} were checked")
        # A schema that accepts anything would pass the above.
        change = dict(answer["changes"][0])
        for wrong in (
            {**answer, "surprise": True},
            {**answer, "changes": [{**change, "kind": "moved"}]},
            {**answer, "changes": [{**change, "effects": []}]},
            {**answer, "changes": [{k: v for k, v in change.items() if k not in ("before", "after")}]},
        ):
            if validator.is_valid(wrong):
                sys.exit("the schema accepts what is wrong")
    print("the answers are as the schema says")


if __name__ == "__main__":
    main(*sys.argv[1:])
