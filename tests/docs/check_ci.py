#!/usr/bin/python3
"""Takes the CI files of docs/ci.md apart and runs what they run: their difference passes when something differs and when
nothing does, and fails when a specification is at fault.

usage: check_ci.py CIPC
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SPECIFICATION = "clim n1 { control 192.168.100.1; interface eth1 { address 10.1.0.%s/24; } }\n"
SARIF = {
    "runs": [
        {
            "results": [
                {
                    "ruleId": "E0205",
                    "level": "error",
                    "message": {"text": "n1.eth1 and its failover interface do not use each other"},
                    "locations": [
                        {"physicalLocation": {"artifactLocation": {"uri": "plant.cip"}, "region": {"startLine": 14}}}
                    ],
                }
            ]
        }
    ]
}


def shell(script, directory, environment=None):
    """As both services run it: it ends with the first command that fails."""
    return subprocess.run(
        ["sh", "-e", "-c", script], cwd=directory, env={**os.environ, **(environment or {})}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )


def expect(what, holds):
    if not holds:
        sys.exit(what)


def github_difference(text):
    workflow = yaml.safe_load(text)
    expect("GitHub: no trigger", True in workflow or "on" in workflow)  # YAML 1.1 takes `on` for true
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    for step in steps:
        expect(f"GitHub: {step} neither uses nor runs", ("uses" in step) != ("run" in step))
        expect(f"GitHub: {step} uses what is not pinned", "@v" in step.get("uses", "@v"))
        # What GitHub puts into a script becomes part of it: only the environment may carry it.
        expect(f"GitHub: {step} is open to injection", "${{" not in step.get("run", ""))
    expect("GitHub: no SARIF", any("upload-sarif" in step.get("uses", "") for step in steps))
    return [step["run"] for step in steps if "run" in step], {"BASE": "origin/main"}


def gitlab_difference(text):
    pipeline = yaml.safe_load(text)
    jobs = {name: job for name, job in pipeline.items() if isinstance(job, dict) and "script" in job}
    expect("GitLab: jobs are missing", set(jobs) == {"check", "formatting", "difference"})
    expect("GitLab: no report", jobs["check"]["artifacts"]["reports"]["codequality"])
    return ["\n".join(job["script"]) for job in jobs.values()], {
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main", "CIP_BOT_TOKEN": ""
    }


def run_difference(scripts, environment, cipc):
    """The exit codes of the script that has `cipc diff`, for no difference, one, and a mistake."""
    for script in scripts:
        checked = subprocess.run(["sh", "-n", "-c", script], check=False)
        expect(f"not for the shell: {script}", checked.returncode == 0)
    (script,) = [script for script in scripts if "cipc diff" in script]
    codes = []
    for new in (SPECIFICATION % 1, SPECIFICATION % 2, "clim n1 { adress; }\n"):
        with tempfile.TemporaryDirectory() as directory:
            origin = pathlib.Path(directory) / "origin"
            work = pathlib.Path(directory) / "work"
            origin.mkdir()
            (origin / "plant.cip").write_text(SPECIFICATION % 1)
            made = shell(
                "git init -q -b main && git add -A && git -c user.name=a -c user.email=a@b commit -q -m one"
                f" && git clone -q . {work}", origin)
            expect(made.stdout, made.returncode == 0)
            (work / "plant.cip").write_text(new)
            programs = pathlib.Path(directory) / "bin"
            programs.mkdir()
            (programs / "cipc").symlink_to(cipc)
            done = shell(script, work, {
                **environment, "PATH": f"{programs}:{os.environ['PATH']}", "GITHUB_STEP_SUMMARY": f"{directory}/summary"
            })
            codes.append(done.returncode)
            if done.returncode == 0:
                expect("no Markdown", (work / "diff.md").read_text().startswith("### Network configuration: "))
    return codes


def check_code_quality(scripts):
    """The jq program gives what GitLab wants (docs.gitlab.com, Code Quality report format)."""
    (script,) = [script for script in scripts if "jq" in script]
    program = script[script.index("jq ") : script.index("exit $code")]
    with tempfile.TemporaryDirectory() as directory:
        (pathlib.Path(directory) / "cipc.sarif").write_text(json.dumps(SARIF))
        done = shell(program, directory)
        expect(done.stdout, done.returncode == 0)
        (entry,) = json.loads((pathlib.Path(directory) / "gl-code-quality-report.json").read_text())
    expect(entry, entry["location"] == {"path": "plant.cip", "lines": {"begin": 14}})
    expect(entry, entry["check_name"] == "E0205" and entry["severity"] == "critical" and entry["fingerprint"])


def main(cipc):
    cipc = pathlib.Path(cipc).resolve()
    files = [text for kind, text in BLOCK.findall((ROOT / "docs/ci.md").read_text()) if kind == "yaml"]
    expect("docs/ci.md has two files", len(files) == 2)
    for text, parts in zip(files, (github_difference, gitlab_difference)):
        scripts, environment = parts(text)
        codes = run_difference(scripts, environment, cipc)
        expect(f"the difference ends with {codes}", codes == [0, 0, 1])
    check_code_quality(gitlab_difference(files[1])[0])
    print("the CI files do what they should")


if __name__ == "__main__":
    main(*sys.argv[1:])
