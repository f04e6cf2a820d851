#!/usr/bin/env python3
"""The reconciler's figures for the documentation, each beside its floor (a program that asks the kernel for the same
and does nothing else: netlink_floor.cpp) or a peer, in one run:

  tests/benchmark/reconciler_figures.py BUILD [--runs N] [--routes N] [--idle SECONDS] [--only WORD]... [--json FILE]

BUILD is a release build with the targets cipc, cipd, cipctl, netlink_floor and tree_read. Needs root and iproute2; each
run has a fresh network namespace with a veth pair. Milliseconds of the whole process, from its start to its end or to
the moment when the kernel has what was asked for; `times` is the ratio of the medians to the first row of the case. A
tenth of the number of routes (100,000) is that of the addresses. The case `networkd` needs Debian's package systemd.
"""
import argparse
import ctypes
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)
LIMIT = 120  # seconds until something has not happened

NETWORKS = {4: "subnet(172.16.0.0/12, 20, i)", 6: "subnet(2001:db8::/32, 32, i)"}
GATEWAY = {4: "10.0.0.254", 6: "fd00::fe"}

PAIR = """edition 1;
provider blue;
for id in 1..2 {
  clim "n{id}" {
    control ip(host(192.168.0.0/24, id));
    maintenance e0 { address host(192.168.0.0/24, id); }
    interface e1 { provider blue; address host(10.1.0.0/24, id); failover "n{3 - id}.e1"; }
  }
}
"""

NETWORKD_PROGRAM = "/lib/systemd/systemd-networkd"
# With a /run of its own; a read-only /sys tells it that no udev will name its links, "container" not to wait for one.
NETWORKD = f"""mount -t sysfs -o ro sysfs /sys; mount -t tmpfs tmpfs /run; mkdir -p /run/systemd/network
echo lxc > /run/systemd/container; cp "$1" /run/systemd/network/; exec {NETWORKD_PROGRAM}"""


def one(statements):
    """A specification of one interface."""
    return "edition 1; clim n1 { control 192.168.0.1; interface e1 { %s } }\n" % statements


def many_routes(family, count, number=-1, other=GATEWAY[4]):
    """Two IPv4 addresses, an IPv6 address and `count` routes; the one with that number has another gateway."""
    usual, unusual = (f"route {NETWORKS[family]} via {via};" for via in (GATEWAY[family], other))
    return ("address 10.0.0.1/24; address 10.0.0.2/24; address fd00::1/64; "
            f"for i in 0..{count - 1} {{ if i == {number} {{ {unusual} }} else {{ {usual} }} }}")


def route(family, number):
    """The number-th of NETWORKS."""
    if family == 4:
        value = (172 << 24 | 16 << 16) + number
        return ".".join(str(value >> shift & 255) for shift in (24, 16, 8, 0)) + "/32"
    return f"2001:db8:{number >> 16:x}:{number & 0xffff:x}::/64"


def run(command, good=(0,), **options):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          timeout=LIMIT, **options)
    if done.returncode not in good:
        sys.exit(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def took(command, good=(0,)):
    begin = time.monotonic()
    run(command, good)
    return time.monotonic() - begin


def end(process):
    process.send_signal(signal.SIGKILL)
    process.wait()


def memory(process):
    """Resident MB (10^6 bytes): VmRSS now, VmHWM at most."""
    lines = pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return {line.split()[0][:-1]: int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("Vm")}


def processor(process):
    """Seconds that all its threads have used; finer than the hundredths of /proc/PID/stat."""
    threads = pathlib.Path(f"/proc/{process.pid}/task").glob("*/schedstat")
    return sum(int(file.read_text().split()[0]) for file in threads) / 1e9


def until(condition):
    begin = time.monotonic()
    while not condition():
        if time.monotonic() - begin > LIMIT:
            sys.exit("what is waited for does not happen")
        time.sleep(0.005)


class Figures:
    def __init__(self, options, work):
        self.options = options
        self.work = work
        self.bin = options.build.resolve() / "bin"
        self.floor = options.build.resolve() / "tests" / "netlink_floor"
        self.tree_read = options.build.resolve() / "tests" / "tree_read"
        self.home = os.open("/proc/self/ns/net", os.O_RDONLY)
        self.past = []  # namespaces of this case: to remove one keeps the kernel busy for a second
        self.started = []
        self.cases = []

    # ------------------------------------------------------------------------------------------------ surroundings

    def bare(self):
        """We, and who is started from now on, are in a new network namespace."""
        if LIBC.unshare(CLONE_NEWNET) != 0:
            sys.exit(f"a new network namespace: {os.strerror(ctypes.get_errno())}")
        self.past.append(os.open("/proc/self/ns/net", os.O_RDONLY))
        for directory in ("run", "data"):
            shutil.rmtree(self.work / directory, ignore_errors=True)

    def fresh(self, *setup):
        """The same, with a pair of links that are up, and what these commands of ip add."""
        self.bare()
        self.batch("link set lo up", "link add e1 type veth peer name p1", "link set p1 up", "link set e1 up", *setup)

    def forget(self):
        if not self.past:
            return
        LIBC.setns(self.home, CLONE_NEWNET)
        for namespace in self.past:
            os.close(namespace)
        self.past = []
        time.sleep(2)

    @staticmethod
    def batch(*commands):
        run(["ip", "-batch", "-"], input="\n".join(commands) + "\n")

    def tree(self, name, specification):
        source = self.work / "source.cip"
        source.write_text(specification)
        run([self.bin / "cipc", "build", source, "--output", self.work / name])
        return self.work / name

    def cipd(self, tree, *more, clim="n1", place=""):
        return [str(word) for word in (self.bin / "cipd", "--clim", clim, "--state", tree, "--key", self.work / "key",
                                       "--runtime-dir", self.work / f"run{place}",
                                       "--data-dir", self.work / f"data{place}", *more)]

    def cipctl(self, *words):
        return [self.bin / "cipctl", "--runtime-dir", self.work / "run", *words]

    def start(self, command):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.started.append(process)
        return process

    def moment(self, to, gateway):
        """What is given waits until the kernel has that route, and gives the time."""
        waiter = subprocess.Popen([self.floor, "wait", to, gateway], stdout=subprocess.PIPE)
        time.sleep(0.02)

        def come():
            text = waiter.communicate(timeout=LIMIT)[0]
            if waiter.returncode != 0:
                sys.exit(f"the route {to} does not come")
            return float(text)

        return come

    def settled(self):
        """The daemon has no more to do, and has verified it."""
        until(lambda: subprocess.run(self.cipctl("plan"), capture_output=True).returncode == 0)
        time.sleep(1)

    def daemon(self, tree, last, gateway):
        """A daemon at rest, and the seconds that it took until the kernel had the last route."""
        come = self.moment(last, gateway)
        begin = time.monotonic()
        process = self.start(self.cipd(tree))
        done = come() - begin
        self.settled()
        return process, done

    # ------------------------------------------------------------------------------------------------------ a case

    def show(self, title, rows, unit="ms", forget=True):
        """Rows: name, samples, aim."""
        print(f"\n{title}")
        first = statistics.median(rows[0][1])
        case = []
        for name, samples, aim in rows:
            least, middle, most = min(samples), statistics.median(samples), max(samples)
            figures = f"{least:9.3f} {middle:9.3f} {most:9.3f} {unit:<2} {middle / first:6.2f}"
            print(f"  {name:<56} {figures}  {aim}", flush=True)
            case.append({"name": name, "unit": unit, "min": least, "median": middle, "max": most, "aim": aim})
        self.cases.append({"title": title, "rows": case})
        if forget:
            self.forget()

    def side_by_side(self, title, contenders, end_with=None):
        """Name, what gives seconds, aim. They take turns; that process ends before what the kernel had for it goes."""
        rows = [(name, [], aim) for name, _, aim in contenders]
        for _ in range(self.options.runs):
            for (_, measure, _), (_, samples, _) in zip(contenders, rows):
                samples.append(measure() * 1000)
        if end_with:
            end(end_with)
        self.show(title, rows)

    # ------------------------------------------------------------------------------------------------------- cases

    def routes(self, family):
        count = self.options.routes
        tree = self.tree("tree", one(many_routes(family, count)))
        lines = self.work / "routes"
        lines.write_text("".join(f"route add {route(family, i)} via {GATEWAY[family]} dev e1\n" for i in range(count)))
        ready = ("addr add 10.0.0.1/24 dev e1", "addr add fd00::1/64 dev e1 nodad")

        def floor():
            self.fresh(*ready)
            return took([self.floor, "routes", route(family, 0), count, "e1", GATEWAY[family]])

        def peer():
            self.fresh(*ready)
            return took(["ip", f"-{family}", "-batch", lines])

        def once():
            self.fresh()
            return took(self.cipd(tree, "--once"))

        def daemon():
            self.fresh()
            process, done = self.daemon(tree, route(family, count - 1), GATEWAY[family])
            end(process)
            return done

        self.side_by_side(f"first apply of {count} IPv{family} routes", [
            ("netlink alone", floor, ""),
            ("ip -batch", peer, ""),
            ("cipd --once", once, "1.5 times; half of ip -batch"),
            ("cipd, until the last route is there", daemon, ""),
            ("of it: reading the state tree", lambda: took([self.tree_read, tree, "n1"]), ""),
        ])

    def addresses(self):
        count = self.options.routes // 10
        tree = self.tree("tree", one(f"for i in 1..{count} {{ address host(10.1.0.0/16, i); }}"))

        def floor():
            self.fresh()
            return took([self.floor, "addresses", "10.1.0.1/16", count, "e1"])

        def once():
            self.fresh()
            return took(self.cipd(tree, "--once"))

        self.side_by_side(f"apply of {count} IPv4 addresses of one interface", [
            ("netlink alone", floor, ""),
            ("cipd --once", once, "1.2 times"),
        ])

    def nothing(self):
        count = self.options.routes
        tree = self.tree("tree", one(many_routes(4, count)))
        self.fresh()
        process, _ = self.daemon(tree, route(4, count - 1), GATEWAY[4])
        self.side_by_side(f"nothing to do, {count} IPv4 routes", [
            ("netlink: a dump of everything", lambda: took([self.floor, "dump"]), ""),
            ("cipctl plan, of a daemon that runs", lambda: took(self.cipctl("plan")), "100 ms, 4 times"),
        ], end_with=process)

    def change(self):
        """The trees change places as with `cipc build`; the daemon hears of it from cipctl first."""
        count = self.options.routes
        middle = count // 2
        gateways = (GATEWAY[4], "10.0.0.253")
        state, spare = (self.tree(name, one(many_routes(4, count, middle, via)))
                        for name, via in zip(("state", "spare"), gateways))
        self.fresh()
        process, _ = self.daemon(state, route(4, count - 1), GATEWAY[4])
        first = memory(process)
        asked = []
        there = []
        for i in range(self.options.runs):
            come = self.moment(route(4, middle), gateways[(i + 1) % 2])
            aside = self.work / "aside"
            state.rename(aside)
            spare.rename(state)
            aside.rename(spare)
            begin = time.monotonic()
            run(self.cipctl("reload"))
            asked.append((time.monotonic() - begin) * 1000)
            there.append((come() - begin) * 1000)
            self.settled()
        self.show(f"one route changed among {count}: cipctl reload", [
            ("until cipctl ends: it is applied, and on disk", asked, ""),
            ("until the kernel has the route", there, "150 ms"),
        ], forget=False)
        self.show(f"memory of a daemon with {count} IPv4 routes (resident)", [
            ("after its first apply: most so far", [first["VmHWM"]], "100 MB"),
            ("after its first apply: now", [first["VmRSS"]], ""),
            ("after the reloads: most so far", [memory(process)["VmHWM"]], ""),
        ], "MB")
        end(process)

    def repair(self):
        """An address is deleted; the daemon hears of it and adds it again."""
        count = self.options.routes
        small = self.tree("tree", one(many_routes(4, 10)))
        large = self.tree("large", one(many_routes(4, count)))
        command = [self.floor, "repair", "e1", "10.0.0.2/24", max(self.options.runs, 10)]
        rows = []

        def repaired(name, aim, *more):
            rows.append((name, [float(line) * 1000 for line in run([*command, *more]).split()], aim))

        self.fresh("addr add 10.0.0.1/24 dev e1", "addr add 10.0.0.2/24 dev e1")
        repaired("netlink alone: hears of it, adds it", "", "self")
        for tree, routes, aim in ((small, 10, "5 ms"), (large, count, "")):
            self.fresh()
            process, _ = self.daemon(tree, route(4, routes - 1), GATEWAY[4])
            repaired(f"cipd, {routes} routes", aim)
            end(process)
        self.show("repair of a deleted address", rows)

    def idle(self):
        count = self.options.routes
        tree = self.tree("tree", one(many_routes(4, count)))
        pair = self.tree("pair", PAIR)
        (self.work / "key").unlink(missing_ok=True)
        run([self.bin / "cipctl", "keygen", self.work / "key"])
        self.fresh()
        alone, _ = self.daemon(tree, route(4, count - 1), GATEWAY[4])
        self.bare()
        there = f"netns /proc/{os.getpid()}/fd/{self.past[-1]}"
        second = self.start(self.cipd(pair, clim="n2", place="2"))
        self.bare()
        self.batch(*(f"link add {link} type veth peer name {link} {there}" for link in ("e0", "e1")))
        first = self.start(self.cipd(pair, clim="n1", place="1"))
        time.sleep(10)
        rows = []
        for name, process in ((f"a CLIM alone, {count} routes", alone), ("one of a pair, heartbeats of 100 ms", first)):
            rows.append((name, process, processor(process), time.monotonic()))
        time.sleep(self.options.idle)
        rows = [(name, [100 * (processor(process) - used) / (time.monotonic() - since)], "0.1 %")
                for name, process, used, since in rows]
        for process in (alone, first, second):
            end(process)
        self.show(f"processor time of an idle daemon, of one processor, in {self.options.idle:g} s", rows, "%")

    def networkd(self):
        if not pathlib.Path(NETWORKD_PROGRAM).exists():
            return
        count = self.options.routes // 10
        tree = self.tree("tree", one(f"for i in 1..{count} {{ address host(10.1.0.0/16, i); }} for i in 0..{count - 1} "
                                     f"{{ route {NETWORKS[4]} via 10.1.255.254; }}"))
        file = self.work / "e1.network"
        file.write_text("[Match]\nName=e1\n[Network]\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n" +
                        "".join(f"Address=10.1.{i >> 8}.{i & 255}/16\n" for i in range(1, count + 1)) +
                        "".join(f"[Route]\nDestination={route(4, i)}\nGateway=10.1.255.254\n" for i in range(count)))

        def once():
            self.fresh()
            return took(self.cipd(tree, "--once"))

        def peer():
            self.fresh()
            index = pathlib.Path("/proc/thread-self/net/dev_mcast").read_text()  # has the number of each link
            index = next(line.split()[0] for line in index.splitlines() if line.split()[1] == "e1")
            begin = time.monotonic()
            process = self.start(["unshare", "--mount", "sh", "-ec", NETWORKD, "sh", file])
            link = pathlib.Path(f"/proc/{process.pid}/root/run/systemd/netif/links/{index}")
            until(lambda: link.exists() and "ADMIN_STATE=configured" in link.read_text())
            done = time.monotonic() - begin
            end(process)
            return done

        self.side_by_side(f"{count} IPv4 addresses and {count} routes of one interface", [
            ("cipd --once", once, ""),
            ("systemd-networkd, until it says configured", peer, "at least 3 times"),
        ])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--routes", type=int, default=100_000)
    parser.add_argument("--idle", type=float, default=60, help="seconds")
    parser.add_argument("--only", action="append", choices=CASES)
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cip-figures-") as directory:
        figures = Figures(options, pathlib.Path(directory))
        print(f"{'':60} {'min':>7} {'median':>9} {'max':>9}      times  aim   ({options.runs} runs)", flush=True)
        try:
            for name in options.only or CASES:
                CASES[name](figures)
                figures.forget()
        finally:  # also if something does not happen
            for process in figures.started:
                end(process)
        if options.json:
            options.json.write_text(json.dumps({"runs": options.runs, "cases": figures.cases}, indent=1) + "\n")


CASES = {
    "routes4": lambda figures: figures.routes(4),
    "routes6": lambda figures: figures.routes(6),
    "addresses": Figures.addresses,
    "nothing": Figures.nothing,
    "change": Figures.change,
    "repair": Figures.repair,
    "networkd": Figures.networkd,
    "idle": Figures.idle,
}

if __name__ == "__main__":
    main()
