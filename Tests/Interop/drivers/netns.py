"""Networks of their own, made and removed by a test: an office behind a router that translates.

    phone 10.77.0.2 ── 10.77.0.1 router 203.0.113.2 ── 203.0.113.1 exchange
"""

from __future__ import annotations

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

EXCHANGE, ROUTER, PHONE = "203.0.113.1", "203.0.113.2", "10.77.0.2"
NEW_NETWORK = 0x40000000  # CLONE_NEWNET
_libc = ctypes.CDLL(None, use_errno=True)

# What each kind of box does to UDP; all share one outside address.
KINDS = {
    # One outside port a socket, and only who was written to may answer.
    "port-restricted": "masquerade",
    # Another outside port for each far place.
    "symmetric": "masquerade fully-random",
    # One outside port a socket, and anybody may send there.
    "full-cone": "masquerade persistent",
}


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)


def can_be_made() -> bool:
    if os.geteuid() != 0:
        return False
    tried = subprocess.run(["unshare", "-n", "nft", "list", "ruleset"], capture_output=True)
    return tried.returncode == 0


class Office:
    """Three namespaces: exchange, router and phone."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.names = {role: f"strowger-{os.getpid()}-{role}" for role in
                      ("exchange", "router", "phone")}
        try:
            self._make()
        except BaseException:
            self.close()
            raise

    def _make(self) -> None:
        for name in self.names.values():
            _run("ip", "netns", "add", name)
            _run("ip", "-n", name, "link", "set", "lo", "up")
        self._join("exchange", f"{EXCHANGE}/24", "router", f"{ROUTER}/24", "outside")
        self._join("phone", f"{PHONE}/24", "router", "10.77.0.1/24", "inside")
        _run("ip", "-n", self.names["phone"], "route", "add", "default", "via", "10.77.0.1")
        self._within("router", "sysctl", "-qw", "net.ipv4.ip_forward=1")
        rules = f"""table ip nat {{
            chain out {{
                type nat hook postrouting priority 100;
                oifname "outside" {KINDS[self.kind]}
            }}
        """
        if self.kind == "full-cone":
            rules += f"""chain in {{
                type nat hook prerouting priority -100;
                iifname "outside" udp dport 1024-65535 dnat to {PHONE}
            }}
            """
        self._within("router", "nft", rules + "}")

    def _join(self, one: str, address: str, other: str, far: str, far_name: str) -> None:
        _run("ip", "-n", self.names[one], "link", "add", "net", "type", "veth", "peer", "name",
             far_name, "netns", self.names[other])
        for role, link, place in ((one, "net", address), (other, far_name, far)):
            _run("ip", "-n", self.names[role], "addr", "add", place, "dev", link)
            _run("ip", "-n", self.names[role], "link", "set", link, "up")

    def _within(self, role: str, *words: str) -> None:
        _run("ip", "netns", "exec", self.names[role], *words)

    @contextmanager
    def inside(self, role: str) -> Iterator[None]:
        """What this thread opens or starts meanwhile is in that network, and stays there."""
        here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open(f"/run/netns/{self.names[role]}", os.O_RDONLY)
        try:
            self._enter(there)
            yield
        finally:
            self._enter(here)
            os.close(here)
            os.close(there)

    @staticmethod
    def _enter(network: int) -> None:
        if _libc.setns(network, NEW_NETWORK) != 0:
            raise OSError(ctypes.get_errno(), "setns")

    def close(self) -> None:
        for name in self.names.values():
            subprocess.run(["ip", "netns", "del", name], capture_output=True)
