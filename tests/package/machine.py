"""A Debian machine with a real systemd, in a container: its disk is this machine's, or one that debootstrap makes, and
what is written to it goes to memory. Needs root, overlayfs and a private mount namespace (in_private_namespace)."""

import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import time


def fail(sentence):
    sys.exit(f"failed: {sentence}")


def expect(condition, sentence):
    if not condition:
        fail(sentence)


def wait_for(sentence, seconds, condition):
    """The first value of condition() that is true; it fails with the sentence after so many seconds."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            fail(f"after {seconds} s still not: {sentence}")
        time.sleep(0.05)


def in_private_namespace():
    """Runs this program again in a mount namespace of its own: what it mounts ends with it."""
    if os.environ.get("CIP_TEST_NAMESPACE") != "private":
        os.environ["CIP_TEST_NAMESPACE"] = "private"
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable, *sys.argv])


def debootstrap(directory, packages):
    names = ",".join(sorted(packages))
    done = subprocess.run(
        ["debootstrap", "--variant=minbase", f"--include={names}", "bookworm", directory],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    expect(done.returncode == 0, f"debootstrap: {done.stdout[-2000:]}")


class Machine:
    def __init__(self, lower):
        self.space = pathlib.Path(tempfile.mkdtemp(prefix="cip-package-"))
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", self.space], check=True)
        self.upper = self.space / "upper"
        self.root = self.space / "root"
        self.shared = self.space / "shared"
        for directory in (self.upper, self.root, self.shared, self.space / "work"):
            directory.mkdir()
        layers = f"lowerdir={lower},upperdir={self.upper},workdir={self.space / 'work'}"
        subprocess.run(["mount", "-t", "overlay", "-o", layers, "overlay", self.root], check=True)
        # Images for containers have one that forbids packages to start and stop services.
        (self.root / "usr/sbin/policy-rc.d").unlink(missing_ok=True)
        # systemd-nspawn keeps files of its own there, and wants it to be memory.
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
        self.container = None
        self.init = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        for place in (self.root, self.space):
            subprocess.run(["umount", "--lazy", place], check=False)
        shutil.rmtree(self.space, ignore_errors=True)

    def boot(self):
        self.log = open(self.space / "console", "ab")
        self.container = subprocess.Popen(
            ["systemd-nspawn", "--quiet", "--directory", self.root, "--boot", "--register=no", "--keep-unit",
             "--private-network", "--console=read-only", "--machine=cip-package", "--link-journal=no",
             f"--bind={self.shared}:/shared", "systemd.unit=basic.target", "systemd.firstboot=no"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1", "SYSTEMD_COLORS": "0"})
        self.init = wait_for("systemd runs in the container", 20, self._find_init)
        wait_for("the container has booted", 60, self._booted)

    def _find_init(self):
        if self.container.poll() is not None:
            fail(f"systemd-nspawn has ended: {self.console()}")
        children = pathlib.Path(f"/proc/{self.container.pid}/task/{self.container.pid}/children").read_text().split()
        for child in children:
            try:
                if pathlib.Path(f"/proc/{child}/comm").read_text().strip() == "systemd":
                    return int(child)
            except OSError:
                pass
        return None

    def _booted(self):
        if self.container.poll() is not None:
            fail(f"systemd-nspawn has ended: {self.console()}")
        return self.try_run("systemctl is-system-running")[1].strip() in ("running", "degraded")

    def console(self):
        return (self.space / "console").read_text(errors="replace")[-3000:]

    def try_run(self, command):
        """Exit code and output of a shell command in the machine."""
        done = subprocess.run(
            ["nsenter", f"--target={self.init}", "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--",
             "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LC_ALL=C.UTF-8", "TERM=dumb",
             "DEBIAN_FRONTEND=noninteractive", "SYSTEMD_PAGER=", "sh", "-c", command],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd="/", check=False)
        return done.returncode, done.stdout

    def run(self, command):
        code, output = self.try_run(command)
        expect(code == 0, f"`{command}`: exit code {code}\n{output}")
        return output

    def background(self, command):
        return subprocess.Popen(
            ["nsenter", f"--target={self.init}", "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--",
             "sh", "-c", command], stdin=subprocess.DEVNULL)

    def write(self, path, text):
        (self.shared / "text").write_text(text)
        self.run(f"mkdir -p '{pathlib.PurePath(path).parent}' && cat /shared/text > '{path}'")

    def show(self, unit, what):
        return self.run(f"systemctl show -p {what} --value '{unit}'").strip()

    def power_off(self):
        self.try_run("systemctl --no-block poweroff")
        try:
            self.container.wait(60)
        except subprocess.TimeoutExpired:
            fail(f"the machine does not power off: {self.console()}")

    def kill(self):
        if self.container is not None and self.container.poll() is None:
            for _ in range(2):  # the first asks, the second ends it
                self.container.terminate()
                time.sleep(0.2)
            try:
                self.container.wait(10)
            except subprocess.TimeoutExpired:
                self.container.kill()
                self.container.wait()

    def written(self):
        """Everything on the disk that is not as it was when the machine was made, but for what is gone."""
        def is_gone(path):  # overlayfs keeps a character device 0:0 in its place
            status = path.lstat()
            return stat.S_ISCHR(status.st_mode) and status.st_rdev == 0
        return {str(path.relative_to(self.upper)) for path in self.upper.rglob("*") if not is_gone(path)}


def version_of(package):
    return subprocess.run(["dpkg-deb", "-f", package, "Version"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def dependencies_of(package):
    """The names of the packages that it needs: of alternatives the first, of a virtual one what this machine has."""
    known = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status} ${Package} ${Provides}\\n"],
                           stdout=subprocess.PIPE, text=True, check=True).stdout
    providers = {}
    for status, name, provided in (line.split(" ", 2) for line in known.splitlines()):
        if status == "installed":
            providers[name] = name
            for each in re.findall(r"([a-z0-9][a-z0-9.+-]+)(?: \([^)]*\))?,?", provided):
                providers.setdefault(each, name)
    done = subprocess.run(["dpkg-deb", "-f", package, "Depends"], stdout=subprocess.PIPE, text=True, check=True)
    names = {re.match(r"\s*([a-z0-9.+-]+)", each).group(1) for each in done.stdout.split(",")}
    return {providers.get(name, name) for name in names}


def with_version(package, version, directory):
    """The same package as another version."""
    tree = pathlib.Path(directory) / "tree"
    subprocess.run(["dpkg-deb", "-R", package, tree], check=True)
    control = tree / "DEBIAN/control"
    control.write_text(re.sub(r"(?m)^Version: .*$", f"Version: {version}", control.read_text()))
    made = pathlib.Path(directory) / f"{pathlib.Path(package).name.split('_')[0]}_{version}.deb"
    subprocess.run(["dpkg-deb", "-Zgzip", "-z1", "--root-owner-group", "-b", tree, made],
                   stdout=subprocess.DEVNULL, check=True)
    shutil.rmtree(tree)
    return made
