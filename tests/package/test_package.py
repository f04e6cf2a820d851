#!/usr/bin/python3
"""Builds the Debian packages and installs, runs, upgrades, removes and purges them on a machine with a real systemd.

usage: test_package.py BUILD_DIRECTORY

The machine's disk is a copy in memory of this machine's. With CIP_DEBOOTSTRAP in the environment it is a new Debian of
debootstrap instead (half a minute, from the network): only that has nothing but what the packages depend on.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import machine
from machine import expect, wait_for

INSTALLED = """
/etc/cip
/etc/iproute2/rt_addrprotos.d/cip.conf
/etc/iproute2/rt_protos.d/cip.conf
/usr/bin/cipc
/usr/bin/cipctl
/usr/bin/cipd
/usr/lib/systemd/networkd.conf.d/cip.conf
/usr/lib/systemd/system/cipd@.service
/usr/lib/systemd/system/strongswan.service.d/cip.conf
/usr/lib/sysusers.d/cip.conf
/usr/share/bash-completion/completions/cipc
/usr/share/bash-completion/completions/cipctl
/usr/share/bash-completion/completions/cipd
/usr/share/cip/editor/cip.tmLanguage.json
/usr/share/cip/schemas/clim.schema.json
/usr/share/cip/schemas/diff.schema.json
/usr/share/cip/schemas/findings.schema.json
/usr/share/cip/schemas/home-interface.schema.json
/usr/share/cip/schemas/manifest.schema.json
/usr/share/cip/schemas/source-map.schema.json
/usr/share/cip/schemas/whatif.schema.json
/usr/share/cip/std/bond.cip
/usr/share/doc/cip/changelog.gz
/usr/share/doc/cip/copyright
/usr/share/doc/cip/examples/05-cip.network
/usr/share/doc/cip/examples/cip-networkmanager.conf
/usr/share/doc/cip/operations.md
/usr/share/doc/cip-compiler/changelog.gz
/usr/share/doc/cip-compiler/copyright
/usr/share/doc/cip-compiler/examples/pair/pair.cip
/usr/share/doc/cip-compiler/language.md
/usr/share/man/man1/cipc.1.gz
/usr/share/man/man8/cipctl.8.gz
/usr/share/man/man8/cipd.8.gz
""".split()

# What stays when both packages are purged: the operator's files, and the user who may own some.
KEPT = re.compile(
    r"etc/cip(/.*)?|etc/(passwd|group|shadow|gshadow)-?|"
    # and what dpkg, systemd and this test write themselves.
    r"var/lib/dpkg(/.*)?|var/log(/.*)?|var/cache(/.*)?|var/lib/systemd(/.*)?|etc/machine-id|etc/\.(pwd\.lock|updated)|"
    r"var/\.updated|var/tmp|etc|var|var/lib|usr|usr/lib|usr/lib/systemd|usr/share|etc/systemd(/system|/network|/networkd\.conf\.d)?|"
    r"etc/systemd/system/multi-user\.target\.wants|etc/iproute2(/rt_protos\.d)?|usr/bin|usr/share/(doc|man|man/man1|man/man8)|"
    r"usr/lib/(systemd/system|sysusers\.d)|usr/share/bash-completion(/completions)?|shared|root(/\.ssh)?")

CAPABILITIES = 1 << 12 | 1 << 13  # CAP_NET_ADMIN, CAP_NET_RAW


def build_packages(build, directory):
    """The packages of the build tree, and the same as the next version. Compressed little: nobody downloads these."""
    done = subprocess.run(
        ["cpack", "-B", directory, "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=gzip"],
        cwd=build, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    expect(done.returncode == 0, f"cpack: {done.stdout}")
    packages = sorted(pathlib.Path(directory).glob("*.deb"))
    names = sorted(each.name.split("_")[0] for each in packages)
    expect(names == ["cip", "cip-compiler"], f"cpack made {names}")
    return packages


def check_contents(clim):
    for path in INSTALLED:
        expect(clim.try_run(f"test -e {path}")[0] == 0, f"{path} is installed")
    for program in ("cipc", "cipctl", "cipd"):
        text = clim.run(f"{program} --version")
        expect(re.fullmatch(rf"{program} [0-9.]+\n", text), f"{program} --version says {text!r}")
        clim.run(f"bash -c 'set -e; source /usr/share/bash-completion/completions/{program}; complete -p {program}'")
    files = clim.run("dpkg-query -W -f '${Conffiles}' cip")
    expect(len(re.findall(r"/etc/iproute2/rt_(?:addr)?protos\.d/cip\.conf", files)) == 2, f"conffiles are {files}")
    # A route of ours has a name.
    clim.run("ip route add 198.51.100.0/24 dev lo proto 153")
    routes = clim.run("ip route show proto cip")
    clim.run("ip route del 198.51.100.0/24")
    expect("198.51.100.0/24" in routes, f"ip route show proto cip says {routes!r}")
    expect("proto cip" in clim.run("ip route add 198.51.100.0/24 dev lo proto cip && ip route show 198.51.100.0/24"),
           "iproute2 shows protocol 153 as cip")
    clim.run("ip route del 198.51.100.0/24")
    said = clim.run("systemd-analyze verify --man=no cipd@n1.service")
    expect("cipd" not in said, f"systemd-analyze verify says {said}")
    # Nothing runs, and nothing is enabled.
    expect(clim.run("systemctl list-units --no-legend --all 'cipd@*'") == "", "an installation starts nothing")
    expect(clim.try_run("ls /etc/systemd/system/*.wants/ | grep cipd")[0] == 1, "an installation enables nothing")
    clim.run("getent passwd cip && getent group cip")


def make_network(clim):
    """Interfaces of n1 of examples/pair, on LANs with a gateway: without a third host, a CLIM takes nothing."""
    clim.run("ip netns add lan")
    for number in range(3):
        clim.run(f"ip link add eth{number} type veth peer name lan{number} netns lan && "
                 f"ip -n lan link set lan{number} up")
    for device, address in (("lan1", "10.1.0.254/24"), ("lan1", "2001:db8:1::fe/64"), ("lan2", "10.2.0.254/24"),
                            ("lan2", "2001:db8:2::fe/64")):
        clim.run(f"ip -n lan address add {address} dev {device} {'nodad' if ':' in address else ''}")


def configure(clim):
    clim.run("cipc build /usr/share/doc/cip-compiler/examples/pair/pair.cip -o /etc/cip/state")
    clim.run("cipctl keygen /etc/cip/cluster.key")
    # What the sanitizers need, in case that they are in the programs; and less waiting for the watchdog.
    clim.write("/etc/systemd/system/cipd@.service.d/test.conf",
               "[Service]\nEnvironment=ASAN_OPTIONS=detect_leaks=0\nWatchdogSec=3\n")
    clim.run("systemctl daemon-reload")
    # Files of root where the daemon's are, as after a try by hand; and the key is root's, too.
    clim.run("umask 077; cipd --clim n1 --state /etc/cip/state --once")


def serves(clim):
    addresses = clim.run("ip -brief address show dev eth1")
    routes = clim.run("ip route show proto cip")
    return "10.1.0.1/24" in addresses and "default via 10.1.0.254 dev eth1" in routes


def main_pid(clim):
    return int(clim.show("cipd@n1", "MainPID"))


def check_service(clim):
    clim.run("systemctl start cipd@n1")  # comes back when cipd has said that it is ready
    wait_for("cipd holds the addresses of its CLIM", 30, lambda: serves(clim))
    status = clim.run(f"cat /proc/{main_pid(clim)}/status")
    user = int(clim.run("id -u cip"))
    values = dict(re.findall(r"(?m)^(\w+):\t(.*)$", status))
    expect(set(map(int, values["Uid"].split())) == {user}, f"cipd runs as user cip, not {values['Uid']}")
    for kind in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        expect(int(values[kind], 16) == CAPABILITIES, f"cipd has CAP_NET_ADMIN and CAP_NET_RAW alone: {kind} {values[kind]}")
    expect(values["NoNewPrivs"] == "1" and values["Seccomp"] == "2", f"cipd is confined: {status}")
    said = clim.run("journalctl -b -u cipd@n1 -o cat")
    expect(not re.search("not permitted|denied|read-only|cannot", said, re.IGNORECASE), f"nothing is forbidden that cipd needs: {said}")

    expect(clim.run("stat -c '%U:%G %a' /run/cip/cipd.sock").strip() == "cip:cip 660", "the control socket is for group cip")
    group = clim.run("getent group cip").split(":")[2]
    as_user = "setpriv --reuid 65000 --regid 65000 --clear-groups cipctl status"
    clim.run(as_user.replace("--clear-groups", f"--groups {group}"))
    code, said = clim.try_run(as_user)
    expect(code == 1 and "group cip" in said, f"who is not in group cip cannot use cipctl: exit code {code}, {said}")

    clim.run("systemctl reload cipd@n1")
    before = int(clim.show("cipd@n1", "WatchdogTimestampMonotonic"))
    wait_for("cipd tells the watchdog that it lives", 5,
             lambda: int(clim.show("cipd@n1", "WatchdogTimestampMonotonic")) > before)
    # A daemon that hangs is started again, within the fence: the addresses stay.
    hanging = main_pid(clim)
    clim.run(f"kill -STOP {hanging}")
    wait_for("the watchdog has started cipd again", 20,
             lambda: main_pid(clim) not in (0, hanging) and clim.show("cipd@n1", "SubState") == "running")
    expect(serves(clim), "the addresses stayed")


class Deletions:
    """What is removed from the kernel meanwhile, as `ip monitor` tells."""

    def __init__(self, clim, name):
        self.clim = clim
        self.file = f"/run/{name}"
        clim.run(f": >{self.file}")
        self.monitor = clim.background(
            f"echo $$ >{self.file}.pid; exec ip -o monitor address route rule >{self.file} 2>&1")
        wait_for("ip monitor runs", 5, self._runs)

    def _runs(self):
        self.clim.run("ip address add 203.0.113.1/32 dev lo && ip address del 203.0.113.1/32 dev lo")
        return "203.0.113.1" in self.clim.run(f"cat {self.file}")

    def end(self):
        time.sleep(0.2)
        self.clim.run(f"kill $(cat {self.file}.pid)")
        self.monitor.wait(5)
        text = self.clim.run(f"cat {self.file}")
        return [line for line in text.splitlines() if "Deleted" in line and "203.0.113.1" not in line and "lan" not in line]


def check_upgrade(clim, version):
    old = main_pid(clim)
    deletions = Deletions(clim, "upgrade")
    said = clim.run(f"dpkg --path-include='*' -i /shared/cip_{version}.deb /shared/cip-compiler_{version}.deb")
    expect(clim.run("dpkg-query -W -f '${Version}' cip") == version, f"the new version is installed: {said}")
    expect(clim.show("cipd@n1", "ActiveState") == "active", f"cipd runs after an upgrade: {said}")
    expect(main_pid(clim) not in (0, old), f"cipd has been started again as the new program: {said}")
    expect(clim.run(f"readlink /proc/{main_pid(clim)}/exe").strip() == "/usr/bin/cipd", "the new program runs")
    gone = deletions.end()
    expect(not gone and serves(clim), f"an upgrade leaves everything in the kernel; but: {gone}")


IPSEC = """
ipsec partner on n1, n2 {
  local 10.1.0.1;
  remote 10.1.0.254;
  proposal ike aes128-sha256-ecp256;
  proposal esp aes128-sha256;
  auth psk file "/etc/cip/secrets/partner.psk";
  protect 10.1.0.1/32 to 10.50.0.0/24;
}
"""


def check_ipsec(clim):
    """strongSwan as its own package starts it: cipd, which is user cip and confined, tells it what the tree has."""
    example = "/usr/share/doc/cip-compiler/examples/pair/pair.cip"
    clim.run("systemctl start strongswan")
    owner = "stat -c %U /run/charon.vici"
    expect(clim.run(owner).strip() == "cip", f"user cip has charon's socket: {clim.run('ls -l /run/charon.vici')}")
    # A secret as an operator puts it there; cipd gets it when it starts.
    clim.run("umask 077; mkdir /etc/cip/secrets && echo 'a key' >/etc/cip/secrets/partner.psk")
    clim.run("systemctl restart cipd@n1")
    clim.write("/root/ipsec.cip", clim.run(f"cat {example}") + IPSEC)
    clim.run("cipc build /root/ipsec.cip -o /etc/cip/state")

    def connection():
        found = re.search(r"(?m)^ipsec partner: .*", clim.run("cipctl status"))
        return found.group(0) if found else ""

    def is_loaded():
        return "cip:partner:" in clim.run("swanctl --list-conns")

    wait_for("charon has the connection", 20, lambda: is_loaded() and "NEGOTIATING" in connection())
    said = clim.run("cipctl status")
    expect("REFUSED" not in said and "not done" not in said, f"the secret is read and taken: {said}")
    clim.run("systemctl restart strongswan")
    expect(clim.run(owner).strip() == "cip", "user cip has the socket of a charon that was started again")
    wait_for("it has the connection, too", 20, is_loaded)
    clim.run("systemctl stop strongswan")
    wait_for("cipd misses charon", 20, lambda: "UNKNOWN" in connection())
    clim.run("systemctl start strongswan")
    wait_for("charon has the connection again", 20, is_loaded)
    clim.run(f"cipc build {example} -o /etc/cip/state")
    wait_for("charon has nothing of ours", 20, lambda: not is_loaded() and not connection())
    wait_for("the kernel neither", 10, lambda: "block" not in clim.run("ip xfrm policy"))
    clim.run("systemctl stop strongswan && rm -r /etc/cip/secrets /root/ipsec.cip")


def check_networkd(clim):
    """With a network file that fits all interfaces, as of a netplan that takes e*. When networkd sets an interface up
    again, it removes what it did not make."""
    clim.write("/etc/systemd/network/10-netplan-all.network",
               "[Match]\nName=eth* other\n\n[Network]\nAddress=192.0.2.1/24\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n")
    clim.run("ip link add other type veth peer name other-end && ip link set other-end up")
    clim.run("ip rule add to 198.51.100.0/24 table 153 priority 15300")

    def reconfigure():
        """What it removes, and the state of eth1 as it calls it."""
        clim.run("systemctl start systemd-networkd")
        wait_for("networkd has set up an interface that is not ours", 20, lambda: state_of("other") == "configured")
        deletions = Deletions(clim, "networkd")
        clim.run("networkctl reconfigure other")
        wait_for("networkd has set it up again", 20, lambda: state_of("other") == "configured")
        clim.run("networkctl reconfigure eth1 || true")
        time.sleep(1)
        state = state_of("eth1")
        gone = [line for line in deletions.end() if "192.0.2." not in line]
        clim.run("systemctl stop systemd-networkd systemd-networkd.socket 2>&1")
        return gone, state

    def state_of(interface):
        found = re.search(rf"(?m)^ *\d+ +{interface} +\S+ +\S+ +(\S+)", clim.run("networkctl --no-legend"))
        return found.group(1) if found else "unknown"

    clim.run("sed 's/^Name=.*/Name=eth0 eth1 eth2/' /usr/share/doc/cip/examples/05-cip.network "
             ">/etc/systemd/network/05-cip.network")
    gone, state = reconfigure()
    expect(state == "unmanaged", f"05-cip.network takes eth1 away from networkd: it is {state}")
    expect(not gone, f"networkd leaves alone what is not its own, but removed {gone}")

    # Without our files it does not: what they are for.
    clim.run("rm /etc/systemd/network/05-cip.network && mkdir -p /etc/systemd/networkd.conf.d && "
             "ln -s /dev/null /etc/systemd/networkd.conf.d/cip.conf")
    gone, state = reconfigure()
    text = "\n".join(gone)
    expect(state != "unmanaged", "networkd takes eth1 by a file that fits it")
    for what in ("inet 10.1.0.1/24", "default via 10.1.0.254", "15300:"):
        expect(what in text, f"without our files networkd removes {what}; it removed {text}")
    wait_for("cipd has repaired what networkd removed", 10, lambda: serves(clim))
    clim.run("rm -r /etc/systemd/network/10-netplan-all.network /etc/systemd/networkd.conf.d/cip.conf")


def check_power_off(clim):
    """A machine that goes down hands over: cipd is asked for it, and does not just end."""
    clim.run("systemctl enable cipd@n1")
    clim.power_off()
    clim.boot()
    said = clim.run("journalctl -b -1 -u cipd@n1 -o cat")
    expect("the machine shuts down" in said, f"cipd was told that the machine goes down: {said}")


def check_removal(clim):
    make_network(clim)
    clim.run("systemctl start cipd@n1")
    wait_for("cipd holds the addresses again", 30, lambda: serves(clim))
    said = clim.run("dpkg -r cip cip-compiler")
    expect("linger" in said, f"a removal says what happens to the addresses: {said}")
    expect(clim.try_run("pgrep -x cipd")[0] == 1, "cipd has ended")
    expect(clim.try_run("systemctl cat cipd@n1")[0] != 0, "systemd has forgotten the unit")
    expect("10.1.0.1/24" in clim.run("ip -brief address show dev eth1"), "addresses stay for the linger time")
    lifetime = re.search(r"valid_lft (\d+)sec", clim.run("ip address show dev eth1 to 10.1.0.1"))
    expect(lifetime and int(lifetime.group(1)) > 200, "addresses end after the linger time")
    expect("valid_lft forever" in clim.run("ip address show dev eth0 to 192.168.100.1"), "the maintenance address stays")
    clim.run("test -e /var/lib/cip && test -e /etc/cip/cluster.key && test -e /etc/iproute2/rt_protos.d/cip.conf")
    clim.run("test -L /etc/systemd/system/multi-user.target.wants/cipd@n1.service")

    clim.run("dpkg --purge cip cip-compiler")
    for path in ("/var/lib/cip", "/run/cip", "/etc/iproute2/rt_protos.d/cip.conf", "/etc/iproute2/rt_addrprotos.d",
                 "/etc/systemd/system/multi-user.target.wants/cipd@n1.service"):
        expect(clim.try_run(f"test -e {path} -o -L {path}")[0] == 1, f"a purge removes {path}")
    clim.run("test -e /etc/cip/cluster.key && test -e /etc/cip/state/manifest.json")
    expect(clim.run("ls -A /etc/cip").split() == ["cluster.key", "state"], "/etc/cip has what the operator put there alone")


def main(build):
    machine.in_private_namespace()
    started = time.monotonic()

    def done(what):
        print(f"{time.monotonic() - started:5.1f} s  {what}", flush=True)

    with tempfile.TemporaryDirectory(prefix="cip-package-") as directory:
        packages = build_packages(build, directory)
        done("packages are built")
        lower = "/"
        if os.environ.get("CIP_DEBOOTSTRAP"):
            lower = f"{directory}/debian"
            needed = set().union(*map(machine.dependencies_of, packages))
            machine.debootstrap(lower, needed | {"systemd-sysv", "dbus", "iproute2", "procps"})
            done("debootstrap")
        with machine.Machine(lower) as clim:
            for package in packages:
                name = package.name.split("_")[0]
                (clim.shared / f"{name}.deb").write_bytes(package.read_bytes())
                version = machine.version_of(package) + ".1"
                machine.with_version(package, version, clim.shared)
            clim.boot()
            expect(clim.try_run("dpkg-query -W cip")[0] == 1, "this machine has no package cip of its own")
            before = clim.written()
            done("the machine has booted")
            clim.run("dpkg --path-include='*' -i /shared/cip.deb /shared/cip-compiler.deb")
            check_contents(clim)
            done("installed, checked")
            make_network(clim)
            configure(clim)
            check_service(clim)
            done("cipd ran, hung, was started again by the watchdog")
            check_upgrade(clim, version)
            done("upgraded")
            if lower == "/":  # a new Debian has no strongSwan
                check_ipsec(clim)
                done("strongSwan took what IPsec the tree has")
            check_networkd(clim)
            done("networkd was kept away, and not")
            check_power_off(clim)
            done("powered off, and booted again")
            clim.run("rm -r /etc/systemd/system/cipd@.service.d")
            check_removal(clim)
            left = {path for path in clim.written() - before if not KEPT.fullmatch(path)}
            expect(not left, f"nothing is left of the packages, but there is {sorted(left)}")
            done("removed, purged")
    print("the packages do what they should")


if __name__ == "__main__":
    main(sys.argv[1])
