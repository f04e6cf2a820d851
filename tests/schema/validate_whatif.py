#!/usr/bin/python3
"""Checks what `cipc whatif --format json` prints against the schema that we ship.

usage: validate_whatif.py CIPC SPECIFICATION...
"""

import itertools
import json
import pathlib
import subprocess
import sys

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]


def whatif(cipc, specification, failures):
    options = itertools.chain.from_iterable(("--fail", name) for name in failures)
    command = [cipc, "whatif", specification, "--format", "json", *options]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr.decode()}")
    return json.loads(done.stdout)


def main(cipc, specifications):
    schema = json.loads((ROOT / "state/schemas/whatif.schema.json").read_text())
    validator = jsonschema.Draft202012Validator(schema)
    effects, lists, answers = set(), set(), []
    for specification in specifications:
        # Each CLIM and interface by itself, and after the first CLIM.
        first = whatif(cipc, specification, ["n1"])
        names = [*first["clims"], *(row["home"] for row in first["interfaces"] if "follows" not in row)]
        for failures in [*([name] for name in names), *(["n1", name] for name in names)]:
            answer = whatif(cipc, specification, failures)
            found = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(answer)]
            if found:
                sys.exit(f"{specification} without {failures}: {found}")
            if [failure["failed"] for failure in answer["failures"]] != failures:
                sys.exit(f"{specification}: the failures are not those that were asked for")
            effects.update(effect["effect"] for failure in answer["failures"] for effect in failure["effects"])
            lists.update(key for clim in answer["clims"].values() for one in clim["interfaces"].values() for key in one)
            answers.append(answer)
    if not effects >= {"moves", "lost", "unprotected"}:
        sys.exit(f"only {effects} were checked")
    if lists != {"state", "addresses", "routes", "rules", "neighbors", "tunnels"}:
        sys.exit(f"only {lists} were checked")
    # A schema that accepts anything would pass the above.
    answer = answers[0]
    row = answer["interfaces"][0]
    for wrong in (
        {**answer, "surprise": True},
        {**answer, "format": 2},
        {**answer, "failures": []},
        {**answer, "interfaces": [{**row, "placement": "AWAY"}]},
        {**answer, "interfaces": [{key: value for key, value in row.items() if key != "location"}]},
        {**answer, "clims": {"n1": {"state": "UP"}}},
    ):
        if validator.is_valid(wrong):
            sys.exit("the schema accepts what is wrong")
    print("the answers are as the schema says")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:])
