#!/usr/bin/python3
"""Drives `cipc lsp` as an editor does: a session per feature.

usage: test_lsp.py CIPC [TEST...]
"""

import contextlib
import os
import pathlib
import random
import sys
import tempfile
import traceback

from client import Client

CIPC = os.path.abspath(sys.argv[1])

SIZES = """const BASE = 1500;
const JUMBO = BASE * 6;
template edge(host: int, size: int = JUMBO) for interface {
  provider blue;
  mtu size;
  address host(10.1.0.0/24, host);
}
"""
PLANT = """import "sizes.cip";
provider blue { lan front; }
const GW = 10.1.0.254;
clim n1 {
  control 192.168.100.1;
  interface eth1 {
    use sizes.edge(host: 1);
    lan front;
    route default via GW;
    failover n2.eth1;
  }
}
clim n2 {
  control 192.168.100.2;
  interface eth1 {
    use sizes.edge(2);
    lan front;
    failover n1.eth1;
  }
}
"""


@contextlib.contextmanager
def session(files=None, **start):
    """A directory with files, and a client that has started; at the end the server must end well."""
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory).resolve()
        for name, text in (files or {}).items():
            (directory / name).write_text(text)
        client = Client(CIPC, directory)
        client.capabilities = client.start(**start)
        client.uri = lambda name: (directory / name).as_uri()
        client.directory = directory
        yield client
        assert client.stop() == 0


def place(text, needle, inside=0):
    """Line and UTF-16 character of a piece of text that is there once."""
    assert text.count(needle) == 1, (needle, text.count(needle))
    before = text[:text.index(needle) + inside]
    return before.count("\n"), len(before.rpartition("\n")[2].encode("utf-16-le")) // 2


def test_lifecycle():
    with tempfile.TemporaryDirectory() as directory:
        client = Client(CIPC, directory)
        early = client.ask("textDocument/hover", {})
        assert early["error"]["code"] == -32002, early
        client.notify("textDocument/didOpen", {"nonsense": 1})  # before initialize: dropped
        client.start()
        assert client.ask("initialize", {"capabilities": {}})["error"]["code"] == -32600
        assert client.ask("no/such")["error"]["code"] == -32601
        assert client.ask("textDocument/hover", {})["error"]["code"] == -32602
        assert client.ask("textDocument/hover", [1])["error"]["code"] == -32602
        assert client.ask("textDocument/hover", {"textDocument": {"uri": "file:///none"},
                                                 "position": {"line": 0, "character": 0}})["error"]["code"] == -32602
        client.notify("no/such", {"a": 1})
        client.notify("$/cancelRequest", {"id": 77})
        client.notify("textDocument/didChange", {"textDocument": {"uri": "file:///none"}, "contentChanges": []})
        client.notify("textDocument/didOpen", {})
        client.send(dict(id=88, result=None))  # an answer to nothing
        client.send(dict(id="text", method="no/such"))
        assert client.answer("text")["error"]["code"] == -32601
        assert client.result("shutdown") is None
        assert client.ask("textDocument/hover", {})["error"]["code"] == -32600
        client.notify("exit")
        assert client.wait() == 0
    for last in ("exit", None):  # without shutdown
        client = Client(CIPC, "/")
        client.start()
        if last:
            client.notify(last)
        assert client.wait() == 1


def test_framing():
    with session() as client:
        def refused(data):
            client.write(data)
            return client.answer(None)["error"]["code"]
        assert refused(b"Content-Length: 5\r\n\r\n{\"a\":") == -32700
        assert refused(b"Content-Length: 3\r\n\r\n\xff\xfe\xfd") == -32700
        assert refused(b"Content-Length: 0\r\n\r\n") == -32700
        assert refused(b"Content-Length: x\r\n\r\n") == -32700
        assert refused(b"Content-Length: -1\r\n\r\n") == -32700
        assert refused(b"Content-Length: 99999999999999999999999\r\n\r\n") == -32700
        assert refused(b"Content-Type: x\r\n\r\n") == -32700
        assert refused(b"nonsense " * 5000 + b"\r\n\r\n") == -32700
        assert refused(b"Content-Length: 2\r\n\r\n[]") == -32600
        assert refused(b"Content-Length: 4\r\n\r\nnull") == -32600
        assert refused(b"Content-Length: 16\r\n\r\n{\"id\":[],\"a\":{}}") == -32600
        deep = b"[" * 100000 + b"]" * 100000
        assert refused(b"Content-Length: %d\r\n\r\n%s" % (len(deep), deep)) == -32600
        size = (128 << 20) + 1  # refused, and not kept
        client.write(b"Content-Length: %d\r\n\r\n" % size)
        for _ in range(size >> 20):
            client.write(b" " * (1 << 20))
        client.write(b" ")
        assert client.answer(None)["error"]["code"] == -32600
        for header in ("content-length:{}\r\n\r\n", "Content-Type: application/vscode-jsonrpc; charset=utf-8\r\n"
                       "Content-Length: {}\r\n\r\n", "X-Other: 1\r\nCONTENT-LENGTH:   {}  \r\n\r\n",
                       "Content-Length: {}\n\n", "\r\n\r\nContent-Length: {}\r\n\r\n"):
            client.send(dict(id=header, method="no/such"), header)
            assert client.answer(header)["error"]["code"] == -32601, header


def test_diagnostics():
    with session({"sizes.cip": SIZES}, publishDiagnostics={"relatedInformation": True}) as client:
        uri = client.uri("plant.cip")
        client.open(uri, PLANT, 5)
        assert client.codes(uri) == [] and client.diagnostics[uri]["version"] == 5
        line, character = place(PLANT, "n2.eth1")
        client.change(uri, 6, {"range": {"start": {"line": line, "character": character},
                                         "end": {"line": line, "character": character + 7}}, "text": "n2.eth9"})
        assert client.codes(uri) == [("E0202", line), ("E0205", line + 8)], client.diagnostics[uri]
        found = client.diagnostics[uri]["diagnostics"][0]
        assert client.diagnostics[uri]["version"] == 6
        assert found["severity"] == 1 and found["source"] == "cipc"
        assert found["range"] == {"start": {"line": line, "character": character},
                                  "end": {"line": line, "character": character + 7}}
        assert "did you mean" in found["message"], found
        client.change(uri, 7, {"text": PLANT})
        assert client.codes(uri) == []
        client.change(uri, 8, {"text": PLANT + "const GW = 1;\n"})
        assert client.codes(uri) == [("E0004", 20)]
        related = client.diagnostics[uri]["diagnostics"][0]["relatedInformation"]
        assert related[0]["location"]["uri"] == uri and related[0]["location"]["range"]["start"]["line"] == 2
        client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        client.settle()
        assert client.diagnostics[uri]["diagnostics"] == []
    with session() as client:  # a client without related places gets them in words
        client.open("untitled:Untitled-1", "const GW = 1;\nconst GW = 2;\n")
        assert client.codes("untitled:Untitled-1") == [("E0004", 1)]
        found = client.diagnostics["untitled:Untitled-1"]["diagnostics"][0]
        assert "relatedInformation" not in found and "first declared here" in found["message"]


def test_warnings():
    with session() as client:
        uri = client.uri("a.cip")
        client.open(uri, "provider p;\nclim n1 { control 192.0.2.1; interface eth1 { provider p; address 10.0.0.1/24; } }\n")
        assert client.codes(uri) == [("W0212", 1)]
        assert client.diagnostics[uri]["diagnostics"][0]["severity"] == 2


def test_imports():
    with session({"sizes.cip": SIZES, "plant.cip": PLANT}) as client:
        plant, sizes = client.uri("plant.cip"), client.uri("sizes.cip")
        client.open(plant, PLANT)
        assert client.codes(plant) == []
        # What is not saved counts; an imported file is no specification of its own.
        client.open(sizes, SIZES.replace("9000", "1"))
        assert client.codes(sizes) == [] and client.codes(plant) == []
        client.change(sizes, 2, {"text": SIZES.replace("mtu size", "mtu sise")})
        assert client.codes(sizes) == [("E0003", 4)]
        client.change(sizes, 3, {"text": SIZES.replace("edge", "brim")})
        assert [code for code, _ in client.codes(plant)] == ["E0003", "E0003"] and client.codes(sizes) == []
        client.notify("textDocument/didClose", {"textDocument": {"uri": sizes}})  # back to what is on the disk
        assert client.codes(plant) == [] and client.codes(sizes) == []
        client.change(plant, 2, {"text": PLANT.replace("sizes.cip", "later.cip") })
        assert client.codes(plant)[0] == ("E0006", 0)
        client.open(client.uri("later.cip"), SIZES)  # not on the disk at all
        assert client.codes(plant)[0][0] == "E0003"  # it is there, and is named `later`
        (client.directory / "sizes.cip").write_text("const = ;\n")
        client.change(plant, 3, {"text": PLANT})
        assert client.codes(sizes)[0][0] == "E0001", "a file that is not open has its findings, too"
        (client.directory / "sizes.cip").write_text(SIZES)
        client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": sizes, "type": 2}]})
        assert client.codes(plant) == [] and client.codes(sizes) == []


def test_imported_files_need_their_importers():
    part = "clim n1 { control 192.0.2.1; interface eth1 { provider blue; } }\n"
    root = 'import "part.cip";\nprovider blue;\n'
    with session({"root.cip": root, "part.cip": part}) as client:
        client.open(client.uri("part.cip"), part)
        assert client.codes(client.uri("part.cip")) == [("E0003", 0)]  # alone it is a specification
        client.open(client.uri("root.cip"), root)
        assert client.codes(client.uri("part.cip")) == []
        client.notify("textDocument/didClose", {"textDocument": {"uri": client.uri("root.cip")}})
        assert client.codes(client.uri("part.cip")) == [("E0003", 0)]


def test_imports_in_a_cycle():
    with session({"a.cip": 'import "b.cip";\n', "b.cip": 'import "a.cip";\n'}) as client:
        for name in ("b.cip", "a.cip"):
            client.open(client.uri(name), (client.directory / name).read_text())
        codes = client.codes(client.uri("a.cip")) + client.codes(client.uri("b.cip"))
        assert codes == [("E0006", 0)], codes


def test_definition():
    with session({"sizes.cip": SIZES}) as client:
        plant, sizes = client.uri("plant.cip"), client.uri("sizes.cip")
        client.open(plant, PLANT)

        def goes(needle, inside, uri, text, target, at=0):
            places = client.at("definition", plant, *place(PLANT, needle, inside))
            line, character = place(text, target, at)
            assert places == [{"uri": uri, "range": places[0]["range"]}], (needle, places)
            assert places[0]["range"]["start"] == {"line": line, "character": character}, (needle, places)
        goes("via GW", 5, plant, PLANT, "GW =")
        goes("sizes.edge(host", 7, sizes, SIZES, "edge(")
        goes("sizes.edge(host", 2, plant, PLANT, "import")
        goes('"sizes.cip"', 3, sizes, SIZES, "const BASE")
        goes("(host: 1)", 2, sizes, SIZES, "host: int")
        goes("failover n2.eth1", 10, plant, PLANT, "n2 {")
        goes("failover n2.eth1", 14, plant, PLANT, "eth1 {\n    use sizes.edge(2)")
        goes("failover n2.eth1", 2, plant, PLANT, "failover n1.eth1", 9)  # the other half
        client.open(sizes, SIZES)
        here = lambda needle, inside=0: client.at("definition", sizes, *place(SIZES, needle, inside))
        assert here("= JUMBO", 3)[0]["range"]["start"]["line"] == 1
        assert here("mtu size", 5)[0]["range"]["start"] == {"line": 2, "character": 25}
        assert here("provider blue", 10)[0] == {"uri": plant, "range": {"start": {"line": 1, "character": 9},
                                                                        "end": {"line": 1, "character": 13}}}
        assert here("mtu size", 1) is None
        loop = "for i in [1500, 9000] {\n  const x = i;\n  assert x > 0, \"{i}\";\n}\n"
        client.open(client.uri("loop.cip"), loop)
        at = client.at("definition", client.uri("loop.cip"), 2, 18)
        assert at[0]["range"]["start"] == {"line": 0, "character": 4}, at


def test_definition_in_the_standard_library():
    root = pathlib.Path(__file__).resolve().parents[2]
    text = 'import "std/bond.cip";\nclim n1 { bond b { slaves e; use bond.active_backup(primary: "e"); } }\n'
    module = root / "stdlib/std/bond.cip"
    with session(root=root.as_uri()) as client:
        client.open(client.uri("a.cip"), text)
        at = client.at("definition", client.uri("a.cip"), *place(text, "active_backup"))
        assert at[0]["uri"] == module.as_uri(), at
        line = module.read_text().splitlines()[at[0]["range"]["start"]["line"]]
        assert line.startswith("template active_backup("), line
    with session() as client:  # not to be found: no place, but a hover
        client.open(client.uri("a.cip"), text)
        at = client.at("definition", client.uri("a.cip"), *place(text, "active_backup"))
        assert at is None or at[0]["uri"].endswith("/share/cip/std/bond.cip"), at
        shown = client.at("hover", client.uri("a.cip"), *place(text, "active_backup"))
        assert "template active_backup(primary: string" in shown["contents"]["value"], shown


def test_hover():
    with session({"sizes.cip": SIZES}, hover={"contentFormat": ["markdown", "plaintext"]}) as client:
        plant, sizes = client.uri("plant.cip"), client.uri("sizes.cip")
        client.open(plant, PLANT)
        client.open(sizes, SIZES)

        def shows(uri, text, needle, inside, *wanted):
            shown = client.at("hover", uri, *place(text, needle, inside))
            assert shown and all(w in shown["contents"]["value"] for w in wanted), (needle, shown)
            return shown
        shown = shows(plant, PLANT, "via GW", 5, "const GW: ip4 = 10.1.0.254", "plant.cip:3", "```cip")
        assert shown["range"]["end"]["character"] - shown["range"]["start"]["character"] == 2
        assert shown["contents"]["kind"] == "markdown"
        shows(sizes, SIZES, "mtu size", 5, "size: int = 9000", "parameter")
        shows(sizes, SIZES, "host(10", 1, "host(", "ifaddr = 10.1.0.1/24, 10.1.0.2/24")
        shows(plant, PLANT, "sizes.edge(2", 8, "template edge(host: int, size: int = JUMBO) for interface")
        shows(plant, PLANT, "n2.eth1", 4, "interface n2.eth1", "mtu 9000;", "failover n1.eth1;")
        shows(plant, PLANT, "control 192.168.100.1", 2, "where peers reach this CLIM")
        shows(plant, PLANT, "provider blue {", 2, "failover domain")
        assert client.at("hover", plant, *place(PLANT, "192.168.100.1")) is None
        assert client.at("hover", plant, 100000, 5) is None


def test_a_secret_is_not_shown():
    text = ('const OPEN = "zebra";\nconst KEY = OPEN;\nclim n1 { control 192.168.100.1; }\n'
            "ipsec partner on n1 { auth psk KEY; }\n")
    with session() as client:
        uri = client.uri("a.cip")
        client.open(uri, text)
        for name in ("OPEN", "KEY"):
            shown = client.at("hover", uri, *place(text, f"const {name}", 6))
            assert f"const {name}: string\n" in shown["contents"]["value"], shown
        assert "zebra" not in str(client.at("hover", uri, *place(text, "psk KEY", 4)))


def labels(items):
    return [item["label"] for item in items]


def test_completion():
    snippets = {"completionItem": {"snippetSupport": True}}
    with session({"sizes.cip": SIZES}, completion=snippets) as client:
        uri = client.uri("plant.cip")

        def offers(marked):
            """What is offered at the `|`."""
            before, _, after = marked.partition("|")
            client.open(uri, before + after)
            items = client.at("completion", uri, before.count("\n"), len(before.rpartition("\n")[2]))
            return {item["label"]: item for item in items}
        top = offers(PLANT + "|")
        assert {"clim", "provider", "const", "template", "failover"} <= top.keys() and "mtu" not in top
        inside = offers(PLANT.replace("    lan front;\n    route", "    m|\n    lan front;\n    route"))
        assert {"mtu", "address", "use"} <= inside.keys() and "clim" not in inside
        edit = inside["mtu"]["textEdit"]
        assert edit["range"] == {"start": {"line": 7, "character": 4}, "end": {"line": 7, "character": 5}}, edit
        assert edit["newText"] == "mtu" and "bytes" in inside["mtu"]["detail"]
        uses = offers(PLANT.replace("use sizes.edge(2)", "use |"))
        assert uses["sizes.edge"]["textEdit"]["newText"] == "sizes.edge(host: ${1:host})", uses
        assert uses["sizes.edge"]["insertTextFormat"] == 2
        uses = offers(PLANT.replace("use sizes.edge(2)", "use sizes.ed|"))
        assert uses["sizes.edge"]["textEdit"]["range"]["start"]["character"] == 8
        assert labels(offers(PLANT.replace("failover n1.eth1", "failover |")).values()) == ["n1.eth1"]
        assert "blue" in offers(PLANT + "clim n3 { interface e { provider | } }\n")
        assert "front" in offers(PLANT + "clim n3 { interface e { lan |; } }\n")
        route = offers(PLANT.replace("route default via GW", "route default v|"))
        assert {"via", "metric", "GW", "sizes.JUMBO", "host"} <= route.keys() and "default" not in route, route.keys()
        assert route["GW"]["detail"] == "ip4 = 10.1.0.254"
        assert {"host", "size"} <= offers(SIZES.replace("mtu size", "mtu |")).keys()
        assert "i" in offers("for i in 1..3 {\n  clim \"n{i}\" { interface e { mtu | } }\n}\n")
        assert "active-backup" in offers("clim n1 { bond b { mode |; } }\n")
        assert "std/bond.cip" in offers('import "std/|";\n')
        assert {"interface", "clim"} <= offers("template t() for |\n").keys()
        assert offers("# a comm|ent\n") == {} and offers('clim "n|";') == {}
    with session({"sizes.cip": SIZES}) as client:
        client.open(client.uri("p.cip"), PLANT.replace("use sizes.edge(2)", "use "))
        items = client.at("completion", client.uri("p.cip"), 15, 8)
        assert items[0]["textEdit"]["newText"] == "sizes.edge" and "insertTextFormat" not in items[0], items


def test_symbols():
    text = PLANT + "for i in 3..4 {\n  clim \"n{i}\" { interface eth1 { } }\n}\n" + SIZES.partition("\n")[2].replace(
        "BASE", "1500")
    with session({"sizes.cip": SIZES}, documentSymbol={"hierarchicalDocumentSymbolSupport": True}) as client:
        uri = client.uri("plant.cip")
        client.open(uri, text)
        found = client.result("textDocument/documentSymbol", {"textDocument": {"uri": uri}})
        assert [s["name"] for s in found] == ["sizes.cip", "blue", "GW", "n1", "n2", '"n{i}"', "JUMBO", "edge"], found
        n1 = found[3]
        assert n1["detail"] == "clim" and [c["name"] for c in n1["children"]] == ["eth1"]
        assert n1["range"]["start"]["line"] == 3 and n1["range"]["end"]["line"] == 11
        assert n1["selectionRange"]["start"] == {"line": 3, "character": 5}
    with session() as client:
        client.open(client.uri("a.cip"), "clim n1 { interface eth1 { } }\n")
        found = client.result("textDocument/documentSymbol", {"textDocument": {"uri": client.uri("a.cip")}})
        assert [(s["name"], s.get("containerName")) for s in found] == [("n1", None), ("eth1", "n1")]


def test_formatting():
    with session() as client:
        uri = client.uri("a.cip")
        ask = lambda: client.result("textDocument/formatting", {"textDocument": {"uri": uri},
                                                                "options": {"tabSize": 8, "insertSpaces": False}})
        client.open(uri, "provider   blue;\nclim n1 {interface eth1 {mtu 1500;}}")
        edits = ask()
        assert len(edits) == 1 and edits[0]["range"]["start"] == {"line": 0, "character": 0}
        assert edits[0]["range"]["end"] == {"line": 1, "character": 36}
        assert edits[0]["newText"].startswith("provider blue;\n") and edits[0]["newText"].endswith("}\n")
        client.change(uri, 2, {"range": edits[0]["range"], "text": edits[0]["newText"]})
        assert ask() == []
        client.change(uri, 3, {"text": "clim n1 {"})
        assert ask() is None


def test_encodings():
    # Two units in UTF-16, four bytes in UTF-8; one and two; one and three.
    text = 'const A = "\U0001F600\u00e9\u20ac"; const B = A + 1;\nconst C = B;\n'
    for encodings, chosen, code in ((None, "utf-16", "utf-16-le"), (["utf-8", "utf-16"], "utf-8", "utf-8"),
                                    (["utf-32", "utf-16", "utf-8"], "utf-16", "utf-16-le"),
                                    (["utf-32"], "utf-16", "utf-16-le")):
        unit = 2 if code == "utf-16-le" else 1
        column = lambda needle: len(text[:text.index(needle)].encode(code)) // unit
        with session(encodings=encodings) as client:
            assert client.capabilities["positionEncoding"] == chosen
            uri = client.uri("a.cip")
            client.open(uri, text)
            assert [c for c, _ in client.codes(uri)] == ["E0005"]
            start = client.diagnostics[uri]["diagnostics"][0]["range"]["start"]
            assert start["character"] in (column("A + 1"), column("+ 1"), column("1;")), (start, chosen)
            # Replace `A + 1` by `A`: behind the wide characters.
            client.change(uri, 2, {"range": {"start": {"line": 0, "character": column(" + 1")},
                                             "end": {"line": 0, "character": column(";\nconst")}}, "text": ""})
            assert client.codes(uri) == [], client.diagnostics[uri]
            shown = client.at("hover", uri, 1, 10)
            assert "\U0001F600\u00e9\u20ac" in shown["contents"]["value"]


def offset(text, position):
    """Index into a string of a UTF-16 position, as LSP 3.17 wants it: the model that the server must equal."""
    lines = text.split("\n")
    if position["line"] >= len(lines):
        return len(text)
    begin = sum(len(line) + 1 for line in lines[:position["line"]])
    units = 0
    for i, char in enumerate(lines[position["line"]]):
        width = 2 if ord(char) > 0xFFFF else 1
        if units + width > position["character"]:
            return begin + i
        units += width
    return begin + len(lines[position["line"]])


def memory(process):
    with open(f"/proc/{process.pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_edits():
    """Random edits: the server's text equals the model's, which its formatter and its diagnostics show."""
    rng = random.Random(20261124)
    pieces = ["\U0001F600", "\u20ac", "\n", " ", ";", "{", "}", '"', "const A = 1;\n", "A", "mtu 9000;", "x\ny", "#", "\u00e9", ""]
    with session({"sizes.cip": SIZES}) as client:
        uri = client.uri("plant.cip")
        text, used = PLANT, []
        client.open(uri, text)
        for version in range(2, 502):
            changes = []
            for _ in range(rng.choice((1, 1, 1, 3))):
                ends = sorted(({"line": rng.randrange(text.count("\n") + 3), "character": rng.randrange(40)}
                               for _ in range(2)), key=lambda p: (p["line"], p["character"]))
                if rng.random() < 0.7:  # mostly small edits
                    ends[1] = {"line": ends[0]["line"], "character": ends[0]["character"] + rng.randrange(4)}
                begin, end = offset(text, ends[0]), offset(text, ends[1])
                added = rng.choice(pieces)
                changes.append({"range": {"start": ends[0], "end": ends[1]}, "text": added})
                text = text[:begin] + added + text[max(begin, end):]
            if version % 50 == 0:
                text = PLANT
                changes.append({"text": text})
            client.change(uri, version, *changes)
            if version % 10 == 0:
                # A statement put at the end of the model's text must be there: the whole must be as long.
                probe = "\nconst PROBE = 1;\nconst PROBE = 2;\n"
                lines = text.split("\n")
                end = {"line": len(lines) - 1, "character": len(lines[-1].encode("utf-16-le")) // 2}
                client.change(uri, version, {"range": {"start": end, "end": end}, "text": probe})
                codes = client.codes(uri)
                assert all(line < len(lines) + 3 for _, line in codes), codes
                mirror = client.uri(f"mirror{version}.cip")
                client.open(mirror, text + probe)
                assert client.codes(mirror) == codes, (version, text)
                client.notify("textDocument/didClose", {"textDocument": {"uri": mirror}})
                client.change(uri, version, {"text": text})
            if version in (100, 500):
                client.settle()
                used.append(memory(client.process))
        assert used[1] < used[0] + (8 << 20), f"memory grows: {used}"
        assert client.at("completion", uri, 3, 2) is not None


def test_every_place():
    """No place of a text, whole or cut anywhere, takes the server down."""
    with session({"sizes.cip": SIZES}) as client:
        uri = client.uri("plant.cip")
        for cut in range(0, len(PLANT), 23):
            client.open(uri, PLANT[:cut])
            for line in range(0, 22, 3):
                for character in (0, 5, 14, 99):
                    for method in ("definition", "hover", "completion"):
                        client.at(method, uri, line, character)
            client.result("textDocument/documentSymbol", {"textDocument": {"uri": uri}})
            client.result("textDocument/formatting", {"textDocument": {"uri": uri}, "options": {}})


def test_words_have_help():
    """Each word of the language that completion offers says what it does."""
    with session() as client:
        uri = client.uri("a.cip")
        places = ["{}", "cluster c {{ {} }}", "provider p {{ {} }}", "clim n {{ {} }}"]
        kinds = ("interface", "loopback", "maintenance", "bond", "vlan", "tunnel", "ipsec")
        client.open(uri, "clim n { }")
        known = labels(client.at("completion", uri, 0, 9))
        places += ["clim n {{ %s x {{ {} }} }}" % kind for kind in kinds if kind in known]
        for place_of in places:
            before, _, after = place_of.partition("{}")
            before, after = before.replace("{{", "{"), after.replace("}}", "}")
            client.open(uri, before + after)
            items = client.at("completion", uri, 0, len(before))
            assert items, place_of
            silent = [item["label"] for item in items if not item.get("detail")]
            assert not silent, (place_of, silent)


def main():
    wanted = sys.argv[2:]
    tests = [(n, f) for n, f in globals().items() if n.startswith("test_") and (not wanted or n in wanted)]
    assert tests
    failed = []
    for name, test in tests:
        print(name, flush=True)
        try:
            test()
        except Exception:  # the others are of interest, too
            traceback.print_exc()
            failed.append(name)
    sys.exit(f"failed: {', '.join(failed)}" if failed else None)


if __name__ == "__main__":
    main()
