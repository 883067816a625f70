"""A real systemd that runs the exchange by its own unit file, in namespaces of its own.

systemd is the first process there. It sees this machine's files through overlays, so that nothing
of the machine is changed, and its own branch of the process groups' tree.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import yaml

from exchange import ROOT, Exchange, extensions, program

UNIT = ROOT / "packaging" / "strowger.service"
SYSTEMD = Path("/lib/systemd/systemd")
USER = 7777
PLACE = "/run/strowger-test"

# Run as root in the new namespaces. $1 is the test's folder.
ENTER = f"""set -eu
mount --make-rprivate /
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
mkdir {PLACE}
mount --bind "$1" {PLACE}
for folder in /tmp /var/tmp /var/log {PLACE}/layers; do mount -t tmpfs tmpfs $folder; done
for folder in usr/bin etc var/lib; do
    layer={PLACE}/layers/$(echo $folder | tr / -)
    mkdir $layer $layer/upper $layer/work
    mount -t overlay overlay -o lowerdir=/$folder,upperdir=$layer/upper,workdir=$layer/work /$folder
done
umount -l -R /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount --bind /proc/sys /proc/sys
mount -o remount,bind,ro /proc/sys
rm -rf /etc/systemd/system /etc/fstab
mkdir -p /etc/systemd/system /etc/strowger /var/lib/strowger
for masked in tmpfiles-setup tmpfiles-setup-dev udevd udev-trigger sysctl modules-load; do
    ln -s /dev/null /etc/systemd/system/systemd-$masked.service
done
cp {PLACE}/strowger.service /etc/systemd/system/
cp {PLACE}/settings/* /etc/strowger/
chown -R {USER} /etc/strowger
cp "$2" /usr/bin/pbxd
mount --bind {PLACE}/data /var/lib/strowger
echo 'strowger:x:{USER}:{USER}::/nonexistent:/usr/sbin/nologin' >> /etc/passwd
echo 'strowger:x:{USER}:' >> /etc/group
exec env -i container=strowger PATH="$PATH" {SYSTEMD} --system --unit=strowger.service \\
    --show-status=no --log-target=journal
"""


def _group_tree() -> Path | None:
    """Where processes are grouped as systemd likes it."""
    for line in Path("/proc/mounts").read_text().splitlines():
        _, place, kind, *_ = line.split()
        if kind == "cgroup2":
            return Path(place)
    return None


def can_be_made() -> bool:
    if os.geteuid() != 0 or not SYSTEMD.exists() or _group_tree() is None:
        return False
    trial = "mount --make-rprivate / && mount -t tmpfs tmpfs /run && mkdir /run/a /run/b && " \
            "mount -t overlay overlay -o lowerdir=/etc,upperdir=/run/a,workdir=/run/b /etc"
    tried = subprocess.run(["unshare", "-m", "-p", "-f", "-u", "-i", "-C", "sh", "-c", trial],
                           capture_output=True)
    return tried.returncode == 0 and os.access(_group_tree() or "/", os.W_OK)


class Supervised(Exchange):
    """The exchange as a service. Its `settings` are those of any, its data the service's."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, extensions(30))
        self.group = (_group_tree() or Path("/")) / f"strowger-{os.getpid()}"
        self._manager: subprocess.Popen | None = None
        for name in ("settings", "layers", "data"):
            (folder / name).mkdir()

    def start(self) -> "Supervised":
        """Starts systemd, which starts the service; returns when it says that it is up."""
        self.prepare()
        deadline = time.monotonic() + 60
        while self.standing() != "active":
            assert self.standing() != "failed", self.journal()
            assert time.monotonic() < deadline, self.journal()
            time.sleep(0.05)
        return self

    def prepare(self) -> None:
        """Starts systemd, and waits until it can be spoken with."""
        settings = dict(self.settings, data="/var/lib/strowger")
        (self.folder / "settings" / "pbxd.yaml").write_text(yaml.safe_dump(settings))
        shutil.copy(UNIT, self.folder / "strowger.service")
        self.group.mkdir(exist_ok=True)
        self._manager = subprocess.Popen(
            ["sh", "-c", 'echo $$ > "$0/cgroup.procs"; exec "$@"', str(self.group), "unshare", "-m",
             "-p", "-f", "-u", "-i", "-C", "--kill-child", "sh", "-c", ENTER, "enter",
             str(self.folder), str(program("pbxd", "PBXD"))],
            stdin=subprocess.DEVNULL, stdout=(self.folder / "systemd.out").open("w"),
            stderr=subprocess.STDOUT)
        deadline = time.monotonic() + 60
        while self._within("systemctl", "list-jobs").returncode != 0:
            assert self._manager.poll() is None, (self.folder / "systemd.out").read_text()
            assert time.monotonic() < deadline, (self.folder / "systemd.out").read_text()
            time.sleep(0.1)

    def close(self) -> None:
        if self._manager is not None:
            self._manager.kill()  # and with it, all of that namespace
            self._manager.wait()
        deadline = time.monotonic() + 10
        while self.group.exists() and time.monotonic() < deadline:
            for folder in sorted(self.group.rglob("*"), key=lambda f: -len(f.parts)):
                if folder.is_dir():
                    self._remove(folder)
            self._remove(self.group)
            time.sleep(0.05)

    @staticmethod
    def _remove(folder: Path) -> None:
        try:
            folder.rmdir()
        except OSError:
            pass  # somebody is still ending in there

    def _first(self) -> str | None:
        """The process of systemd."""
        assert self._manager
        children = Path(f"/proc/{self._manager.pid}/task/{self._manager.pid}/children")
        return next(iter(children.read_text().split()), None)

    def _within(self, *words: str) -> subprocess.CompletedProcess:
        first = self._first()
        if first is None:
            return subprocess.CompletedProcess(words, 1, "", "systemd is not there")
        return subprocess.run(["nsenter", "-t", first, "-m", "-p", *words],
                              capture_output=True, text=True, timeout=120)

    def systemctl(self, *words: str) -> str:
        done = self._within("systemctl", *words)
        assert done.returncode == 0, f"systemctl {words}: {done.stderr}\n{self.journal()}"
        return done.stdout

    def put(self, content: bytes, place: str) -> None:
        """Replaces what is in a file that the service sees."""
        (self.folder / "put").write_bytes(content)
        done = self._within("cp", f"{PLACE}/put", place)
        assert done.returncode == 0, done.stderr

    def shown(self, name: str) -> str:
        return self.systemctl("show", "--value", "-p", name, "strowger").strip()

    def standing(self) -> str:
        return self._within("systemctl", "is-active", "strowger").stdout.strip()

    def wait_standing(self, wanted: str, timeout: float = 20) -> None:
        deadline = time.monotonic() + timeout
        while (now := self.standing()) != wanted:
            assert time.monotonic() < deadline, f"{now}, not {wanted}:\n{self.journal()}"
            time.sleep(0.1)

    def journal(self) -> str:
        return self._within("journalctl", "--no-pager", "-u", "strowger").stdout

    def process(self) -> Path:
        """Of the daemon, in this machine's /proc."""
        tasks = next(self.group.rglob("strowger.service/cgroup.procs")).read_text().split()
        return Path("/proc") / tasks[0]

    def is_alive(self) -> bool:
        return self.standing() == "active"
