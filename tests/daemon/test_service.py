#!/usr/bin/python3
"""What cipd offers to the rest of a machine: the journal's fields, the permissions of its sockets, metrics. Needs root:
each test has a network and a mount namespace of its own, with its own /run, /etc/group and journal.

usage: test_service.py DIRECTORY-OF-PROGRAMS [TEST...]
"""

import contextlib
import ctypes
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import traceback

import exposition

PROGRAMS = pathlib.Path(sys.argv[1]).resolve()
DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"
GROUP = 4711
NOBODY = 65534
SPECIFICATION = """edition 1;
cluster one { }
provider blue;
clim n1 {
  control 192.168.100.1;
  maintenance eth0 { address 192.168.100.1/24; }
  interface eth1 { provider blue; address 10.1.0.1/24; address 10.1.0.7/24; }
}
"""


def run(*command, check=True, **options):
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, **options)
    if check and done.returncode != 0:
        raise AssertionError(f"{command}: {done.returncode} {done.stdout}{done.stderr}")
    return done


def mount(source, target, kind, flags):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(source.encode(), str(target).encode(), kind.encode() if kind else None, flags, None) != 0:
        raise OSError(ctypes.get_errno(), f"mount {target}")


def leave_the_machine():
    """This process and its children see no journal, /run or network but their own."""
    new_mounts, new_network, private, bind = 0x20000, 0x40000000, 0x44000, 4096
    if ctypes.CDLL(None, use_errno=True).unshare(new_mounts | new_network) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    mount("none", "/", None, private)
    mount("tmpfs", "/run", "tmpfs", 0)
    os.chmod("/run", 0o755)
    group = pathlib.Path("/run/group")
    group.write_text(pathlib.Path("/etc/group").read_text() + f"cip:x:{GROUP}:\n")
    group.chmod(0o644)
    mount(str(group), "/etc/group", None, bind)
    run("ip", "link", "set", "lo", "up")
    for name in ("eth0", "eth1"):
        run("ip", "link", "add", name, "type", "veth", "peer", "name", "far-" + name)
        run("ip", "link", "set", "far-" + name, "up")


def until(what, condition, within=10):
    end = time.monotonic() + within
    while not (value := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"waited for: {what}")
        time.sleep(0.01)
    return value


class Machine:
    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.directory.chmod(0o755)
        self.state = self.directory / "state"
        self.install(SPECIFICATION)
        self.stderr = self.directory / "stderr"
        self.daemon = None

    def install(self, specification):
        source = self.directory / "one.cip"
        source.write_text(specification)
        run(PROGRAMS / "cipc", "build", source, "-o", self.state)

    @contextlib.contextmanager
    def running(self, *arguments, journal=False, first=None):
        """cipd, until the end of the block. `journal`: it is told that its standard error is the journal; `first`: what
        it is asked before it can know anything."""
        with open(self.stderr, "wb") as stderr:
            status = os.fstat(stderr.fileno())
            inode = status.st_ino if journal else status.st_ino + 1
            environment = dict(os.environ, JOURNAL_STREAM=f"{status.st_dev}:{inode}")
            os.makedirs("/run/cip", 0o755, exist_ok=True)
            self.daemon = subprocess.Popen(
                [PROGRAMS / "cipd", "--clim", "n1", "--state", self.state, "--data-dir", self.directory / "data",
                 *arguments], stderr=stderr, env=environment)
        self.answer = ask(first) if first else None
        try:
            until("the daemon", lambda: self.daemon.poll() is not None
                  or self.ctl("status", check=False).returncode == 0 and self.has_address("10.1.0.7"))
            assert self.daemon.poll() is None, self.stderr.read_text()
            yield self
            assert self.daemon.poll() is None, self.stderr.read_text()
        finally:
            self.daemon.send_signal(signal.SIGTERM)
            self.daemon.wait(20)

    def ctl(self, *arguments, check=True, before=()):
        return run(*before, PROGRAMS / "cipctl", *arguments, check=check)

    def events(self):
        return [json.loads(line) for line in self.ctl("events", "--format", "json").stdout.splitlines()]

    @staticmethod
    def has_address(address):
        return f" {address}/" in run("ip", "addr", "show", "dev", "eth1").stdout

    def lose_address(self):
        run("ip", "addr", "del", "10.1.0.7/24", "dev", "eth1")
        until("the repair", lambda: self.has_address("10.1.0.7"))


# ------------------------------------------------------------------------------------------------------------ journal

class Journal:
    def __init__(self):
        os.makedirs("/run/systemd/journal")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("/run/systemd/journal/socket")
        self.entries = []

    def read(self):
        """All entries so far, each the fields of one datagram (systemd.io/JOURNAL_NATIVE_PROTOCOL)."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self.entries.append(self.fields(self.socket.recv(1 << 20, socket.MSG_DONTWAIT)))
        return self.entries

    @staticmethod
    def fields(datagram):
        fields = {}
        while datagram:
            line, _, datagram = datagram.partition(b"\n")
            name, equals, value = line.partition(b"=")
            if not equals:
                size = int.from_bytes(datagram[:8], "little")
                value, datagram = datagram[8:8 + size], datagram[8 + size + 1:]
            assert name.decode() not in fields, name
            fields[name.decode()] = value.decode()
        return fields

    def about(self, event):
        return [entry for entry in self.read() if entry.get("CIP_EVENT") == event]


def test_events_in_the_journal(machine):
    journal = Journal()
    with machine.running(journal=True):
        until("generation-in-use", lambda: journal.about("generation-in-use"))
        entry = journal.about("generation-in-use")[0]
        assert entry["SYSLOG_IDENTIFIER"] == "cipd" and entry["CIP_CLIM"] == "n1" and entry["PRIORITY"] == "6", entry
        assert re.fullmatch(r"generation [0-9a-f]{64} is in use", entry["MESSAGE"]), entry
        assert "CIP_SUBJECT" not in entry and "CIP_EVIDENCE" not in entry and "CODE_FILE" not in entry, entry

        machine.lose_address()
        entry = until("drift-repaired", lambda: journal.about("drift-repaired"))[0]
        assert entry["PRIORITY"] == "4" and "10.1.0.7/24" in entry["CIP_EVIDENCE"], entry
        assert entry["MESSAGE"] == "repaired 1 object that somebody changed; " + entry["CIP_EVIDENCE"], entry

        (machine.state / "n1" / "clim.json").write_text("{}\n")
        assert machine.ctl("reload", check=False).returncode == 1
        entry = until("tree-refused", lambda: journal.about("tree-refused"))[0]
        assert entry["PRIORITY"] == "3" and entry["MESSAGE"].startswith("the state tree is refused: "), entry

        events = machine.events()
        until("all events", lambda: len([e for e in journal.read() if "CIP_EVENT" in e]) >= len(events))
        assert [(e["event"], e["text"]) for e in events] == [
            (e["CIP_EVENT"], e["MESSAGE"].removesuffix("; " + e.get("CIP_EVIDENCE", "")).removeprefix(
                e.get("CIP_SUBJECT", "") + ": ")) for e in journal.read() if "CIP_EVENT" in e]
    assert machine.stderr.read_text() == ""


def test_a_subject_is_a_field(machine):
    journal = Journal()
    run("ip", "link", "set", "far-eth1", "down")
    machine.install(SPECIFICATION.replace("address 10.1.0.7/24;", "address 10.1.0.7/24; mtu 60000;"))
    run("ip", "link", "set", "far-eth1", "up")
    with machine.running(journal=True):
        for event in machine.events():
            if event["subject"]:
                entry = until(event["event"], lambda: journal.about(event["event"]))[0]
                assert entry["CIP_SUBJECT"] == event["subject"], (entry, event)
                assert entry["MESSAGE"].startswith(event["subject"] + ": "), entry
                return
    raise AssertionError("no event has a subject")


def test_text_where_standard_error_is_no_journal(machine):
    journal = Journal()
    with machine.running(journal=False):
        text = until("a line", lambda: re.search(r"^\d{4}-\d\d-\d\dT.* I generation \w+ is in use$",
                                                 machine.stderr.read_text(), re.M))
        assert text
    assert journal.read() == []


def test_no_journal_answers(machine):
    """Its socket is gone: what is said is lost at worst, the daemon goes on."""
    with machine.running(journal=True):
        machine.lose_address()


# -------------------------------------------------------------------------------------------------------- permissions

def as_user(groups):
    return ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", *groups)


def test_who_may_use_the_control_socket(machine):
    with machine.running("--metrics", "/run/cip/metrics.sock"):
        control = os.stat("/run/cip/cipd.sock")
        assert (stat.S_IMODE(control.st_mode), control.st_uid, control.st_gid) == (0o660, 0, GROUP), control
        programs = machine.directory / "bin"  # where everybody may read
        programs.mkdir()
        copy = shutil.copy(PROGRAMS / "cipctl", programs)
        for command in (["status"], ["events"], ["plan"], ["switch", "failover", "n1", "--yes"], ["shutdown"]):
            refused = run(*as_user(["--clear-groups"]), copy, *command, check=False)
            assert refused.returncode == 1 and refused.stdout == "", refused
            assert refused.stderr == ("cipctl: no permission to use /run/cip/cipd.sock: be root or a member of group "
                                      "cip\n"), refused
        allowed = run(*as_user([f"--groups={GROUP}"]), copy, "status")
        assert "n1.eth1" in allowed.stdout, allowed
        assert run(copy, "status").stdout == allowed.stdout
        # Metrics are for everybody.
        assert stat.S_IMODE(os.stat("/run/cip/metrics.sock").st_mode) == 0o666
        shutil.copy(exposition.__file__, programs)
        seen = run(*as_user(["--clear-groups"]), "/usr/bin/python3", programs / "exposition.py", "/run/cip/metrics.sock")
        assert "cip_build_info" in seen.stdout


# ---------------------------------------------------------------------------------------------------------- operators

def ask(request):
    """The first answer of a daemon that begins: asked as soon as it listens, sooner than cipctl could."""
    line = json.dumps({"version": 1, **request}).encode() + b"\n"
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as control:
            control.settimeout(10)
            with contextlib.suppress(FileNotFoundError, ConnectionRefusedError):
                control.connect("/run/cip/cipd.sock")
                control.sendall(line)
                with control.makefile() as answer:
                    return json.loads(answer.readline())
    raise AssertionError("cipd does not listen")


def test_a_daemon_that_has_just_started_says_so(machine):
    for _ in range(20):  # until it was asked soon enough
        with machine.running(first={"command": "ifstart", "target": "eth1"}):
            answer = json.dumps(machine.answer)
            assert "is known here" not in answer, answer
            if "just started" in answer:
                return
    raise AssertionError(f"it never had just started: {answer}")


# ------------------------------------------------------------------------------------------------------------ metrics

def value(address, name, **labels):
    return exposition.read(exposition.scrape(address)).get((name, tuple(sorted(labels.items()))))


def check_server(machine, address):
    assert value(address, "cip_build_info", clim="n1", version="0.1.0") == 1
    assert value(address, "cip_repairs_total") == 0 and value(address, "cip_problems") == 0
    assert value(address, "cip_resources_here", home="n1.eth1") == 1
    assert value(address, "cip_failover_valid", home="n1.eth1") is None  # it has none
    machine.lose_address()
    until("the counter", lambda: value(address, "cip_repairs_total") == 1)
    assert value(address, "cip_events_total", event="drift-repaired") == 1
    assert value(address, "cip_log_events_total", level="notice") == 1

    for path in ("/", "/metrics/", "/metricsx", "/etc/passwd"):
        assert exposition.get(address, path)[0] == 404
    assert exposition.get(address, "/metrics?x=1")[0] == 200
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "FOO"):
        status, headers, _ = exposition.get(address, method=method)
        assert status == 405 and headers["allow"] == "GET, HEAD", (method, status, headers)
    status, headers, body = exposition.get(address, method="HEAD")
    assert (status, body) == (200, b"") and int(headers["content-length"]) > 1000
    assert exposition.ask(address, b"\x16\x03\x01 hello\r\n\r\n")[0] == 400
    assert exposition.ask(address, b"GET /metrics HTTP/1.1\r\nX: " + b"y" * 8200 + b"\r\n\r\n")[0] == 431
    with contextlib.suppress(ConnectionError):  # it does not read the rest
        assert exposition.ask(address, b"GET /metrics HTTP/1.1\r\nX: " + b"y" * 10000000 + b"\r\n\r\n")[0] == 431
    assert exposition.ask(address, b"GET /metrics HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello")[0] == 200


def test_metrics_over_a_unix_socket(machine):
    address = "/run/cip/metrics.sock"
    stale = socket.socket(socket.AF_UNIX)
    os.makedirs("/run/cip")
    stale.bind(address)
    stale.close()  # a dead daemon left it
    with machine.running("--metrics", address):
        check_server(machine, address)
        # Clients that say nothing: the others wait for their time limit, the daemon for nothing.
        idle = [exposition.connect(address) for _ in range(30)]
        began = time.monotonic()
        assert machine.ctl("status").returncode == 0 and time.monotonic() - began < 1
        for link in idle:
            link.close()
        assert value(address, "cip_problems") == 0
    assert not os.path.exists(address)


def test_metrics_over_loopback(machine):
    address = "127.0.0.1:9780"
    with machine.running("--metrics", address):
        check_server(machine, address)
        idle = [exposition.connect(address) for _ in range(8)]
        began = time.monotonic()
        with exposition.connect(address, timeout=8) as link:  # waits until their time is over
            link.sendall(b"GET /metrics HTTP/1.1\r\n\r\n")
            assert link.recv(12) == b"HTTP/1.1 200"
        assert 3 < time.monotonic() - began < 7
        assert len(idle) == 8
    with machine.running("--metrics", "[::1]:9781"):
        assert value("[::1]:9781", "cip_problems") == 0


def test_an_address_for_metrics_that_is_taken(machine):
    taken = socket.socket(socket.AF_UNIX)
    taken.bind("/run/taken")
    taken.listen()
    with machine.running("--metrics", "/run/taken"):
        assert [(e["level"], e["text"]) for e in machine.events() if e["event"] == "metrics-failed"] == [
            ("alarm", "cannot serve metrics on /run/taken: somebody else uses that socket")]
    assert os.path.exists("/run/taken")
    pathlib.Path("/run/file").write_text("precious")
    with machine.running("--metrics", "/run/file"):
        assert [e["event"] for e in machine.events()].count("metrics-failed") == 1
    assert pathlib.Path("/run/file").read_text() == "precious"


def test_addresses_for_metrics_that_are_refused(machine):
    for address, words in (("0.0.0.0:9780", "loopback"), ("192.168.100.1:9780", "loopback"), ("[::]:9780", "loopback"),
                           ("[::ffff:127.0.0.1]:9780", "loopback"), ("localhost:9780", "127.0.0.1:PORT"),
                           ("9780", "127.0.0.1:PORT"), ("127.0.0.1:0", "127.0.0.1:PORT"),
                           ("run/x.sock", "127.0.0.1:PORT"), ("/" + 200 * "x", "too long")):
        refused = run(PROGRAMS / "cipd", "--clim", "n1", "--state", machine.state, f"--metrics={address}", check=False)
        assert refused.returncode == 1 and words in refused.stderr, refused


# ------------------------------------------------------------------------------------------------------- documentation

def test_the_pages_name_every_metric(machine):
    text = (DOCS / "operations.md").read_text()
    documented = set(re.findall(r"^\| `((?:cip|process)_\w+)(?:\{[^`]*\})?` \|", text, re.M))
    with machine.running("--metrics", "/run/cip/metrics.sock"):
        served = set(re.findall(r"^# TYPE (\S+)", exposition.scrape("/run/cip/metrics.sock"), re.M))
    assert documented == served, documented ^ served
    rules = re.findall(r"^ +expr: (.*)$", text, re.M)
    assert len(rules) >= 3
    for name in re.findall(r"\b(?:cip|process)_\w+", " ".join(rules)):
        assert name in served, name


def main():
    tests = {name: test for name, test in globals().items() if name.startswith("test_")}
    failed = 0
    for name, test in tests.items():
        if sys.argv[2:] and name not in sys.argv[2:]:
            continue
        began = time.monotonic()
        child = os.fork()  # so that each has its own machine
        if child == 0:
            try:
                leave_the_machine()
                with tempfile.TemporaryDirectory(prefix="cip-") as directory:
                    machine = Machine(directory)
                    try:
                        test(machine)
                    except BaseException:
                        if machine.stderr.exists():
                            print("cipd said:\n" + machine.stderr.read_text())
                        raise
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        good = os.waitpid(child, 0)[1] == 0
        failed += not good
        print(f"{'ok' if good else 'FAILED'}  {name} ({time.monotonic() - began:.1f} s)", flush=True)
    exposition.self_test()
    sys.exit(failed != 0)


main()
