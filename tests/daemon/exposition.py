#!/usr/bin/python3
"""A strict reader of Prometheus' text format 0.0.4, and a client for it.

usage: exposition.py ADDRESS    scrapes a Unix socket or HOST:PORT, checks the answer, and prints it
       exposition.py -          checks standard input
       exposition.py --self     checks that the checker refuses what is wrong
"""

import re
import socket
import sys

NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|(?=\}))')
VALUE = re.compile(r"(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|[+-]Inf|NaN)\Z")
TYPES = {"counter", "gauge", "histogram", "summary", "untyped"}


class Malformed(Exception):
    pass


def labels_of(text, line):
    """The labels of '{...}', and what follows."""
    labels = {}
    at = 1
    while text[at:at + 1] != "}":
        match = LABEL.match(text, at)
        if not match:
            raise Malformed(f"labels: {line}")
        name, value, _ = match.groups()
        if name in labels or name.startswith("__"):
            raise Malformed(f"label {name}: {line}")
        labels[name] = re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], value)
        at = match.end()
    return labels, text[at + 1:]


def check_histograms(samples, types):
    for name in (name for name, kind in types.items() if kind == "histogram"):
        buckets = {}
        for (sample, labels), value in samples.items():
            if sample == name + "_bucket":
                rest = dict(labels)
                bound = float(rest.pop("le").replace("Inf", "inf"))
                buckets.setdefault(tuple(sorted(rest.items())), []).append((bound, value))
        if not buckets:
            raise Malformed(f"{name} has no buckets")
        for labels, each in buckets.items():
            each.sort()
            counts = [value for _, value in each]
            if counts != sorted(counts) or each[-1][0] != float("inf"):
                raise Malformed(f"buckets of {name}: {each}")
            if samples.get((name + "_count", labels)) != counts[-1] or (name + "_sum", labels) not in samples:
                raise Malformed(f"{name}: sum or count")


def read(text):
    """All samples: {(name, ((label, value), ...)): value}. Raises Malformed."""
    if not text.endswith("\n"):
        raise Malformed("the last line has no end")
    samples, types, helps, closed = {}, {}, set(), set()
    family = None
    for line in text[:-1].split("\n"):
        head = re.fullmatch(r"# (HELP|TYPE) (\S+) (.+)", line)
        if head:
            kind, name, rest = head.groups()
            if not NAME.fullmatch(name):
                raise Malformed(f"name: {line}")
            if name != family:
                closed.add(family)
                family = name
            if name in closed or name in types:
                raise Malformed(f"not in one group, or twice: {line}")
            if kind == "HELP":
                if name in helps or re.search(r"\\(?![\\n])", rest):
                    raise Malformed(f"help: {line}")
                helps.add(name)
            else:
                if rest not in TYPES or name not in helps:
                    raise Malformed(f"type: {line}")
                if (rest == "counter") != name.endswith("_total"):
                    raise Malformed(f"only a counter is named _total: {line}")
                types[name] = rest
            continue
        name = NAME.match(line)
        if line.startswith("#") or not name:
            raise Malformed(f"line: {line!r}")
        name, rest = name[0], line[name.end():]
        base = re.sub(r"_(bucket|sum|count)$", "", name)
        owner = base if types.get(base) == "histogram" and base != name else name
        if owner != family or owner not in types or (types[owner] == "histogram" and owner == name):
            raise Malformed(f"belongs to no metric before it: {line}")
        labels, rest = labels_of(rest, line) if rest.startswith("{") else ({}, rest)
        if not rest.startswith(" ") or not VALUE.match(rest[1:]):
            raise Malformed(f"value: {line}")
        if ("le" in labels) != name.endswith("_bucket"):
            raise Malformed(f"le: {line}")
        key = (name, tuple(sorted(labels.items())))
        if key in samples:
            raise Malformed(f"twice: {line}")
        samples[key] = float(rest[1:].replace("Inf", "inf"))
        if types[owner] == "counter" and not samples[key] >= 0:
            raise Malformed(f"a counter below 0: {line}")
    check_histograms(samples, types)
    return samples


def connect(address, timeout=5):
    if address.startswith("/"):
        link = socket.socket(socket.AF_UNIX)
        link.settimeout(timeout)
        link.connect(address)
        return link
    host, _, port = address.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), timeout)


def ask(address, request):
    """What comes back for these bytes: status, headers (names in lower case), body."""
    with connect(address) as link:
        link.sendall(request)
        answer = b""
        while part := link.recv(65536):
            answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    version, status, *_ = first.split(" ")
    if version != "HTTP/1.1":
        raise Malformed(first)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return int(status), headers, body


def get(address, path="/metrics", method="GET"):
    return ask(address, f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())


def scrape(address):
    status, headers, body = get(address)
    if status != 200 or headers["content-type"] != "text/plain; version=0.0.4; charset=utf-8":
        raise Malformed(f"{status} {headers}")
    if int(headers["content-length"]) != len(body):
        raise Malformed(f"{headers} for {len(body)} bytes")
    return body.decode()


def self_test():
    good = "# HELP a_total A.\n# TYPE a_total counter\na_total{x=\"1\"} 2\na_total{x=\"a\\\"\\\\\\n\"} 1e+06\n"
    assert read(good)[("a_total", (("x", 'a"\\\n'),))] == 1e6
    histogram = ("# HELP h H.\n# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_sum 3\nh_count 2\n")
    assert len(read(histogram)) == 4
    wrong = [
        good[:-1],  # no end of the last line
        good + "a_total{x=\"1\"} 3\n",  # twice
        good.replace("\\\"", "\""), good.replace("\\n", "\\t"),  # not escaped; no such escape
        good.replace("1e+06", "1e+06x"), good.replace("1e+06", ""), good.replace("} 2", "}  2"),
        good.replace("# HELP a_total A.\n", ""), good.replace("# TYPE a_total counter\n", ""),
        good.replace("counter", "count"), good.replace("counter", "gauge"), good.replace("a_total", "a-total"),
        good.replace("{x", "{1x"), good.replace("x=\"1\"", "x=\"1\",x=\"2\""), good.replace("} 2", "} -2"),
        good + "\n", good + "# EOF\n", good + "b 1\n", good + "# HELP b B.\n# TYPE b gauge\nb 1\n" + good,
        good + "# HELP b B.\n# TYPE b gauge\nb 1\na_total{x=\"3\"} 1\n",  # not in one group
        histogram.replace("+Inf", "7"), histogram.replace("h_count 2", "h_count 3"), histogram.replace("h_sum 3\n", ""),
        histogram.replace("le=\"1\"} 1", "le=\"1\"} 5"), histogram + "h 1\n",
    ]
    for text in wrong:
        try:
            read(text)
        except Malformed:
            continue
        sys.exit(f"not refused:\n{text}")


if __name__ == "__main__":
    if sys.argv[1:] == ["--self"]:
        self_test()
    else:
        try:
            exposition = sys.stdin.read() if sys.argv[1] == "-" else scrape(sys.argv[1])
            read(exposition)
        except (Malformed, OSError) as wrong:
            sys.exit(f"{sys.argv[1]}: {wrong}")
        print(exposition, end="")
