#!/usr/bin/python3
"""Checks what `cipc check` prints for programs against the schemas: JSON against the one that we ship, SARIF against
sarif.schema.json, which has what SARIF 2.1.0 and GitHub require of the objects that we write.

usage: validate_findings.py CIPC SPECIFICATION...
"""

import copy
import json
import pathlib
import subprocess
import sys
import tempfile

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]


def schema(path):
    return jsonschema.Draft202012Validator(json.loads((ROOT / path).read_text()),
                                           format_checker=jsonschema.FormatChecker())


JSON = schema("compiler/diagnostics/schemas/findings.schema.json")
SARIF = schema("tests/schema/sarif.schema.json")


def run(cipc, form, specification, validator):
    done = subprocess.run([cipc, "check", "--format", form, specification], capture_output=True, check=False)
    if done.returncode > 1 or done.stderr:
        sys.exit(f"{specification}: exit code {done.returncode}, {done.stderr}")
    if not done.stdout.isascii():
        sys.exit(f"{specification}: {form} has bytes that a terminal might obey")
    document = json.loads(done.stdout)
    found = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]
    if found:
        sys.exit(f"{specification}: {form}: {found}")
    return done.returncode, document


def places(result):
    """Of a SARIF result, where it points: line, column, end line, end column."""
    for location in result["locations"] + result.get("relatedLocations", []):
        region = location["physicalLocation"]["region"]
        yield region["startLine"], region["startColumn"], region["endLine"], region["endColumn"]


def check_same(specification, document, log):
    """Both formats say the same, and what they refer to is there."""
    findings, run_ = document["findings"], log["runs"][0]
    rules, results = run_["tool"]["driver"]["rules"], run_["results"]
    if len(findings) != len(results) or len(findings) != document["counts"]["errors"] + document["counts"]["warnings"]:
        sys.exit(f"{specification}: the formats differ in number")
    for finding, result in zip(findings, results):
        labels = [finding["primary"], *finding["labels"], *finding["chain"]]
        of_json = [(a["start"]["line"], a["start"]["column"], a["end"]["line"], a["end"]["column"]) for a in labels]
        if of_json != list(places(result)) or any(place[:2] > place[2:] for place in of_json):
            sys.exit(f"{specification}: places differ: {of_json}, {list(places(result))}")
        rule = rules[result["ruleIndex"]]
        if not finding["code"] == result["ruleId"] == rule["id"] or finding["severity"] != result["level"]:
            sys.exit(f"{specification}: {finding['code']} and {result['ruleId']} are not the same")
        if rule["defaultConfiguration"]["level"] != result["level"]:
            sys.exit(f"{specification}: the rule's level is another one")
    prints = [result["partialFingerprints"]["cipFinding/v1"] for result in results]
    if len(set(prints)) != len(prints):
        sys.exit(f"{specification}: two results have the same fingerprint")
    return prints


def refuses(validator, document, *path):
    """Whether it matters that the last key of the path is there."""
    broken = copy.deepcopy(document)
    parent = broken
    for key in path[:-1]:
        parent = parent[key]
    del parent[path[-1]]
    return not validator.is_valid(broken)


def main(cipc, *specifications):
    checked = 0
    for specification in specifications:
        code, document = run(cipc, "json", specification, JSON)
        _, log = run(cipc, "sarif", specification, SARIF)
        prints = check_same(specification, document, log)
        if (code == 1) != (document["counts"]["errors"] > 0):
            sys.exit(f"{specification}: exit code {code} with {document['counts']}")
        checked += len(prints)
        # Schemas that accept anything would pass the above.
        if prints and not (refuses(JSON, document, "findings", 0, "primary", "start", "line")
                           and refuses(SARIF, log, "runs", 0, "results", 0, "message", "text")
                           and refuses(SARIF, log, "runs", 0, "results", 0, "locations", 0, "physicalLocation",
                                       "artifactLocation", "uri")
                           and refuses(SARIF, log, "runs", 0, "tool", "driver", "rules", 0, "id")):
            sys.exit("a schema accepts a document that lacks something")
    if checked < len(specifications):
        sys.exit(f"only {checked} findings were checked")
    with tempfile.TemporaryDirectory() as directory:
        check_names_and_fingerprints(cipc, pathlib.Path(directory))
    print(f"{checked} findings are as the schemas say")


def check_names_and_fingerprints(cipc, directory):
    """Paths with anything in them are URIs; a fingerprint stays when the text above moves, and only then."""
    fault = "clim n1 { interface eth1 { mtu 1; } }\n"
    file = directory / "a b\u00e4%\x1b\n:[x](y).cip"
    seen = []
    for text in (fault, "# a comment\n\n" + fault, fault.replace("mtu 1", "mtu 2")):
        file.write_text(text)
        run(cipc, "json", file, JSON)
        result = run(cipc, "sarif", file, SARIF)[1]["runs"][0]["results"][0]
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        if not uri.endswith("/a%20b%C3%A4%25%1B%0A%3A%5Bx%5D%28y%29.cip"):
            sys.exit(f"the path is not encoded: {uri}")
        seen.append(result["partialFingerprints"]["cipFinding/v1"])
    if seen[0] != seen[1] or seen[0] == seen[2]:
        sys.exit(f"fingerprints are not stable, or do not tell findings apart: {seen}")


if __name__ == "__main__":
    main(*sys.argv[1:])
