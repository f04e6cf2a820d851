"""A client of the Language Server Protocol for tests: one `cipc lsp` process and its messages."""

import json
import os
import select
import subprocess
import time

TIMEOUT = 60  # seconds for one answer, on a busy machine


class Client:
    def __init__(self, cipc, directory):
        # A sanitizer keeps what has been freed, up to 256 MB: that would hide whether memory grows.
        environment = dict(os.environ, ASAN_OPTIONS="quarantine_size_mb=4")
        self.process = subprocess.Popen([cipc, "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, cwd=directory, env=environment)
        self.buffer = b""
        self.last_id = 0
        self.diagnostics = {}  # by URI: the last that were published
        self.publications = 0

    def write(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, message, header="Content-Length: {}\r\n\r\n"):
        body = json.dumps(dict(jsonrpc="2.0", **message), ensure_ascii=False).encode()
        self.write(header.format(len(body)).encode() + body)

    def notify(self, method, params=None):
        self.send(dict(method=method, params=params) if params is not None else dict(method=method))

    def read(self, count):
        deadline = time.monotonic() + TIMEOUT
        while len(self.buffer) < count:
            assert select.select([self.process.stdout], [], [], max(0, deadline - time.monotonic()))[0], "no answer"
            chunk = self.process.stdout.read1(1 << 16)
            if not chunk:
                raise EOFError(self.process.stderr.read().decode())
            self.buffer += chunk
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def receive(self):
        header = b""
        while not header.endswith(b"\r\n\r\n"):
            header += self.read(1)
            assert b"Content-Length: ".startswith(header[:16]), f"not the protocol: {header!r}"
        message = json.loads(self.read(int(header.split(b": ")[1])))
        assert message["jsonrpc"] == "2.0"
        if message.get("method") == "textDocument/publishDiagnostics":
            self.diagnostics[message["params"]["uri"]] = message["params"]
            self.publications += 1
        return message

    def answer(self, request_id):
        while True:
            message = self.receive()
            if "method" not in message and message.get("id") == request_id:
                return message

    def ask(self, method, params=None):
        """The whole answer."""
        self.last_id += 1
        self.send(dict(id=self.last_id, method=method, **({} if params is None else {"params": params})))
        return self.answer(self.last_id)

    def result(self, method, params=None):
        message = self.ask(method, params)
        assert "error" not in message, message
        return message["result"]

    def start(self, encodings=None, root=None, **text):
        capabilities = {"textDocument": text}
        if encodings is not None:
            capabilities["general"] = {"positionEncodings": encodings}
        result = self.result("initialize", {"processId": None, "rootUri": root, "capabilities": capabilities})
        self.notify("initialized", {})
        return result["capabilities"]

    def open(self, uri, text, version=1):
        self.notify("textDocument/didOpen",
                    {"textDocument": {"uri": uri, "languageId": "cip", "version": version, "text": text}})

    def change(self, uri, version, *changes):
        self.notify("textDocument/didChange",
                    {"textDocument": {"uri": uri, "version": version}, "contentChanges": list(changes)})

    def at(self, method, uri, line, character):
        return self.result("textDocument/" + method,
                           {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}})

    def settle(self):
        """Everything that was sent has been dealt with."""
        self.ask("cip/nothing")

    def codes(self, uri):
        """(code, line) of what a file shows now; lines from 0."""
        self.settle()
        return [(d["code"], d["range"]["start"]["line"]) for d in self.diagnostics[uri]["diagnostics"]]

    def stop(self):
        assert self.result("shutdown") is None
        self.notify("exit")
        return self.wait()

    def wait(self):
        self.process.stdin.close()
        code = self.process.wait(TIMEOUT)
        assert self.buffer + self.process.stdout.read() == b"", "something behind the last message"
        return code
