#!/usr/bin/env python3
"""The compiler's figures for the documentation, each beside what it is measured against, in one run:

  tests/benchmark/compiler_figures.py BUILD [RUNS]     BUILD: a release build with the target antlr_floor; 5 runs

Wall-clock and processor seconds are medians, memory (MB of 10^6 bytes) is the worst; it cannot be told below some 63 MB,
which is what this program has when it starts another. netplan is measured if Debian's package netplan.io is installed.
State trees, up to 200,000 small files each, go to a temporary directory: what a file system takes to make so many is the
floor of `cipc build` (`cp -r` of a tree shows it); TMPDIR=/dev/shm leaves it out.
"""
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import typing

HERE = pathlib.Path(__file__).resolve().parent
ROUTES = 5
INTERFACES = 8

TEMPLATE = """edition 1;
provider blue;
template side(pair: int, side: int) for cluster {
  const ID = 2 * pair + side;
  clim "c{ID}" {
    control ip(host(192.160.0.0/12, ID + 1));
    for k in 1..8 {
      interface "eth{k}" {
        provider blue;
        lan "l{8 * pair + k}";
        address host(subnet(10.0.0.0/8, 16, 8 * pair + k), 1 + side);
        for r in 0..4 {
          route subnet(172.16.0.0/12, 20, 40 * ID + 5 * k + r) via ip(host(subnet(10.0.0.0/8, 16, 8 * pair + k), -2));
        }
        failover "c{2 * pair + 1 - side}.eth{k}";
      }
    }
  }
}
for pair in 0..%d {
  use side(pair, 0);
  use side(pair, 1);
}
"""


def templated(clims):
    return TEMPLATE % (clims // 2 - 1)


def dotted(number):
    return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))


def plain(size):
    """What the template says, in plain statements, until there are `size` bytes."""
    lines = ["edition 1;", "provider blue;"]
    written = 0
    pair = 0
    while written < size:
        for side in (0, 1):
            clim = 2 * pair + side
            part = [f"clim c{clim} {{", f"  control {dotted((192 << 24 | 160 << 16) + clim + 1)};"]
            for k in range(1, INTERFACES + 1):
                net = (10 << 24) + ((8 * pair + k) << 8)
                part.append(f"  interface eth{k} {{")
                part.append(f"    provider blue; lan l{8 * pair + k};")
                part.append(f"    address {dotted(net + 1 + side)}/24;")
                for r in range(ROUTES):
                    to = (172 << 24 | 16 << 16) + 40 * clim + 5 * k + r
                    part.append(f"    route {dotted(to)}/32 via {dotted(net + 254)};")
                part.append(f"    failover c{2 * pair + 1 - side}.eth{k};")
                part.append("  }")
            part.append("}")
            lines += part
            written += sum(len(line) + 1 for line in part)
        pair += 1
    return "\n".join(lines) + "\n"


def one_interface(count):
    """The same addresses and routes as a specification and for netplan."""
    net = 10 << 24
    addresses = [f"{dotted(net + 1 + i)}/15" for i in range(count)]
    routes = [f"{dotted((172 << 24 | 16 << 16) + i)}/32" for i in range(count)]
    gateway = dotted(net + (1 << 17) - 2)
    cip = ["edition 1;", "clim n1 {", "  control 192.168.0.1;", "  interface eth1 {"]
    cip += [f"    address {address};" for address in addresses]
    cip += [f"    route {route} via {gateway};" for route in routes]
    cip += ["  }", "}", ""]
    yaml = ["network:", "  version: 2", "  ethernets:", "    eth1:", "      addresses:"]
    yaml += [f"        - {address}" for address in addresses]
    yaml.append("      routes:")
    for route in routes:
        yaml += [f"        - to: {route}", f"          via: {gateway}"]
    return "\n".join(cip), "\n".join(yaml) + "\n"


class Case(typing.NamedTuple):
    name: str
    command: list
    before: typing.Callable = None  # is called before each run, which it is no part of
    good: tuple = (0,)  # exit codes


class Figures:
    def __init__(self, build, runs):
        self.cipc = str(build / "bin" / "cipc")
        self.floor = str(build / "tests" / "antlr_floor")
        self.runs = runs

    @staticmethod
    def once(command, good=(0,)):
        begin = time.monotonic()
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        error = child.stderr.read().decode(errors="replace")
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - begin
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in good:
            sys.exit(f"{' '.join(command)}: exit {child.returncode}\n{error}")
        return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6

    def side_by_side(self, cases, runs=None):
        """The cases take turns. Wall clock, processor time and memory of each."""
        taken = [[] for _ in cases]
        for _ in range(runs or self.runs):
            for case, results in zip(cases, taken):
                if case.before:
                    case.before()
                results.append(self.once(case.command, case.good))
        medians = []
        for case, results in zip(cases, taken):
            wall, processor, memory = zip(*results)
            medians.append((statistics.median(wall), statistics.median(processor), max(memory)))
            print(f"  {case.name:<46} {medians[-1][0]:8.3f} s  {medians[-1][1]:8.3f} s  {medians[-1][2]:8.0f} MB", flush=True)
        return medians


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    figures = Figures(pathlib.Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) == 3 else 5)
    cipc = figures.cipc
    with tempfile.TemporaryDirectory(prefix="cip-figures-") as directory:
        work = pathlib.Path(directory)
        tree = work / "tree"

        def emptied():
            shutil.rmtree(tree, ignore_errors=True)

        def remove_copy():
            shutil.rmtree(work / "copy", ignore_errors=True)

        def build(file):
            return [cipc, "build", "--output", str(tree), str(file)]

        print(f"{'':48} {'wall':>10}  {'processor':>10}  {'memory':>11}   ({figures.runs} runs)")
        print("10 MB of plain statements")
        source = work / "plain.cip"
        source.write_text(plain(10_000_000))
        size = source.stat().st_size / 1e6
        floor, _, built, _ = figures.side_by_side([
            Case("ANTLR's parse alone", [figures.floor, str(source)]),
            Case("cipc check", [cipc, "check", str(source)]),
            Case("cipc build", build(source), emptied),
            Case("cp -r of what it built", ["cp", "-r", str(tree), str(work / "copy")], remove_copy),
        ])
        remove_copy()
        print(f"  build: {built[0] / floor[0]:.2f} times ANTLR's wall clock, {built[2] / size:.1f} times the source in memory")

        print(f"pairs from a template, {INTERFACES} interfaces and {INTERFACES * ROUTES} routes each CLIM")
        for clims in (126, 1250, 10_000, 12_500):
            source = work / f"template{clims}.cip"
            source.write_text(templated(clims))
            figures.side_by_side([
                Case(f"cipc check, {clims * INTERFACES} interfaces", [cipc, "check", str(source)]),
                Case(f"cipc build, {clims * INTERFACES} interfaces", build(source), emptied),
            ], min(figures.runs, 3))

        print("two trees of 10,000 CLIMs that differ in one address")
        emptied()
        other = work / "other"
        source = work / "template10000.cip"
        figures.once(build(source))
        changed = work / "changed.cip"
        changed.write_text(source.read_text().replace(", 1 + side);", ", 1 + side + (ID * 8 + k) / 80000 * 3);"))
        figures.once([cipc, "build", "--output", str(other), str(changed)])
        figures.side_by_side([Case("cipc diff", [cipc, "diff", str(tree), str(other)], good=(2,))])
        shutil.rmtree(other)
        emptied()

        print("10,000 addresses and 10,000 routes of one interface")
        cip, yaml = one_interface(10_000)
        source = work / "one.cip"
        source.write_text(cip)
        cases = [Case("cipc build", build(source), emptied)]
        if shutil.which("netplan"):
            root = work / "root"
            (root / "etc/netplan").mkdir(parents=True)
            (root / "etc/netplan/one.yaml").write_text(yaml)
            (root / "etc/netplan/one.yaml").chmod(0o600)
            cases.append(Case("netplan generate", ["netplan", "generate", "--root-dir", str(root)],
                          lambda: shutil.rmtree(root / "run", ignore_errors=True)))
        medians = figures.side_by_side(cases)
        if len(medians) == 2:
            print(f"  netplan takes {medians[1][0] / medians[0][0]:.1f} times as long")

        print("examples/pair, the whole process")
        figures.side_by_side([Case("cipc check", [cipc, "check", str(HERE.parent.parent / "examples/pair/pair.cip")])], 20)


if __name__ == "__main__":
    main()
