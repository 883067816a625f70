"""The exchange under systemd, by the unit file that is shipped: starts, reloads, drains, is confined."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.supervisor import UNIT, USER, Supervised, can_be_made
from drivers.wire import Wire, offer
from exchange import LOCAL
from test_sessions import Callee, Caller
from test_trunk_tls import authority, certificate

pytestmark = pytest.mark.skipif(
    not can_be_made(), reason="needs root, systemd, overlays and a tree of process groups")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Supervised]:
    made = Supervised(tmp_path / "service")
    keys = tmp_path / "keys"
    authority(keys)
    for own in certificate(keys, "DNS:first.test"):
        (made.folder / "settings" / own.name).write_bytes(own.read_bytes())
    made.settings["tls"] = {"certificate": "/etc/strowger/cert.pem", "key": "/etc/strowger/key.pem"}
    made.settings["calls"] = {"drain": 30}
    tls = made.settings.pop("tls")
    made.configure()  # by a pbxctl that is not in there, where no such file is
    made.settings["tls"] = tls
    yield made
    made.close()


def raises_limits() -> bool:
    """Whether systemd can give what LimitNICE= says: not where this machine's root may not
    (CAP_SYS_RESOURCE)."""
    status = Path("/proc/self/status").read_text()
    return bool(int(status.partition("CapEff:")[2].split()[0], 16) >> 24 & 1)


def shown_name(port: int) -> str:
    """Whom the certificate of that listener is for."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection((LOCAL, port), 5) as plain, \
            context.wrap_socket(plain) as secured:
        shown = secured.getpeercert(binary_form=True)
    text = subprocess.run(["openssl", "x509", "-inform", "der", "-noout", "-ext", "subjectAltName"],
                          input=shown, capture_output=True, check=True).stdout
    return text.decode().rpartition("DNS:")[2].strip()


def talking(service: Supervised, caller: Wire, callee: Wire) -> tuple[Caller, Callee]:
    assert caller.register().status == callee.register().status == 200
    here = Caller(caller, int(callee.line.number))
    here.invite(body=offer(4000))
    there = Callee(callee, callee.wait("INVITE"))
    there.respond(200, body=offer(4002))
    here.take(here.final("INVITE"))
    assert here.answer and here.answer.status == 200
    here.acknowledge()
    callee.wait("ACK")
    return here, there


def test_it_is_started_once_it_takes_calls_and_has_no_more_rights_than_it_needs(service):
    service.start()
    with Wire(service.line(100)) as phone:
        assert phone.register().status == 200, "active means that it answers"
    status = dict(line.split(":\t", 1) for line in
                  (service.process() / "status").read_text().splitlines() if ":\t" in line)
    assert status["Uid"].split() == [str(USER)] * 4
    assert int(status["CapEff"], 16) == int(status["CapBnd"], 16) == 0
    assert status["NoNewPrivs"].strip() == "1" and status["Seccomp"].strip() == "2"
    seen = service.process() / "root"
    mounts = (service.process() / "mounts").read_text().splitlines()
    root = next(line.split() for line in mounts if line.split()[1] == "/")
    assert "ro" in root[3].split(","), "it writes its own folder alone"
    assert not any((seen / "root").iterdir()), "nobody's home"
    own = os.stat(service.folder / "data")
    assert (own.st_uid, own.st_mode & 0o777) == (USER, 0o700)
    assert service.rows("SELECT 1 FROM binding"), "the registration is on its disk"
    # 20 − 24 = −4: what the most urgent of Swift's threads asks for.
    assert service.shown("LimitNICE") == "24", "systemd reads it as a priority, not as a limit"
    if raises_limits():
        limits = (service.process() / "limits").read_text().splitlines()
        assert next(line.split()[3:5] for line in limits if line.startswith("Max nice")) == \
            ["24", "24"]
    complaints = [line for line in service.journal().splitlines()
                  if "Failed" in line or "rror" in line or "denied" in line]
    if not raises_limits():
        complaints = [line for line in complaints if "errno=13" not in line]
    assert complaints == [], "the confinement is in its way"


def test_a_reload_shows_the_new_certificate_and_cuts_no_call(service, tmp_path):
    service.start()
    assert shown_name(service.tls) == "first.test"
    with Wire(service.line(100)) as caller, Wire(service.line(101)) as callee:
        here, there = talking(service, caller, callee)
        for own in certificate(tmp_path / "keys", "DNS:second.test"):
            service.put(own.read_bytes(), f"/etc/strowger/{own.name}")
        before = service.shown("MainPID")
        service.systemctl("reload", "strowger")
        deadline = time.monotonic() + 10
        while shown_name(service.tls) != "second.test":
            assert time.monotonic() < deadline, service.journal()
            time.sleep(0.1)
        assert service.shown("MainPID") == before
        service.wait_calls(1)
        here.hang_up()
        there.end()


def test_a_stop_lets_people_finish_and_takes_nobody_new(service):
    service.start()
    with Wire(service.line(100)) as caller, Wire(service.line(101)) as callee, \
            Wire(service.line(102)) as late:
        here, there = talking(service, caller, callee)
        stopping = threading.Thread(target=service.systemctl, args=("stop", "strowger"))
        stopping.start()
        service.wait_standing("deactivating")
        refused = late.ask("INVITE", f"sip:101@{late.realm_host}", to=f"sip:101@{late.realm_host}",
                           body=offer(4004), fields=("Content-Type: application/sdp",))
        assert refused.status == 503
        time.sleep(1)
        assert service.standing() == "deactivating", "somebody still talks"
        here.hang_up()
        there.end()
        stopping.join(15)
        assert not stopping.is_alive()
    assert service.standing() == "inactive"
    assert service.shown("Result") == "success" and service.shown("ExecMainStatus") == "0"
    assert service.rows('SELECT * FROM "call" WHERE ended_at IS NULL') == []


def test_killed_it_comes_back_and_wrong_settings_are_not_tried_again(service):
    service.start()
    os.kill(int(service.process().name), signal.SIGKILL)
    deadline = time.monotonic() + 20
    while service.shown("NRestarts") != "1" or service.standing() != "active":
        assert time.monotonic() < deadline, service.journal()
        time.sleep(0.1)
    with Wire(service.line(100)) as phone:
        assert phone.register().status == 200
    service.systemctl("stop", "strowger")
    service.put(b"data: /var/lib/strowger\nsip: {udp: nowhere}\n", "/etc/strowger/pbxd.yaml")
    service.systemctl("start", "--no-block", "strowger")
    service.wait_standing("failed")
    assert service.shown("ExecMainStatus") == "78"
    time.sleep(3)  # longer than RestartSec
    assert service.standing() == "failed"


def test_systemd_finds_no_fault_in_the_unit_and_little_to_confine(tmp_path):
    unit = tmp_path / "strowger.service"
    unit.write_text(UNIT.read_text().replace("/usr/bin/pbxd", "/bin/true"))
    judged = subprocess.run(["systemd-analyze", "verify", "--man=no", str(unit)],
                            capture_output=True, text=True)
    assert judged.returncode == 0 and "strowger" not in judged.stderr, judged.stderr
    exposed = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=15", str(unit)],
        capture_output=True, text=True)
    assert exposed.returncode == 0, exposed.stdout
