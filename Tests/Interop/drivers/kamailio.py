"""kamailio (Debian) as a provider: a registrar that challenges, and a proxy in both directions."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from .phone import Line, end_program
from .wire import Wire

LOCAL = "127.0.0.1"
REALM = "kamailio.test"
PASSWORD = "k-secret"

SCRIPT = """#!KAMAILIO
debug=1
log_stderror=yes
fork=yes
children=1
tcp_children=1
auto_aliases=no
listen=udp:{host}:{port}
alias="{realm}"
server_header="Server: kamailio"
mpath="/usr/lib/x86_64-linux-gnu/kamailio/modules/:/usr/lib/kamailio/modules/"
loadmodule "tm.so"
loadmodule "tmx.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "siputils.so"
loadmodule "textops.so"
loadmodule "auth.so"
modparam("usrloc", "db_mode", 0)
modparam("registrar", "max_expires", 3600)

request_route {{
    if (!mf_process_maxfwd_header("10")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
    if (is_method("OPTIONS") && uri == myself && $rU == $null) {{
        sl_send_reply("200", "Alive"); exit;
    }}
    if (is_method("CANCEL")) {{ if (t_check_trans()) t_relay(); exit; }}
    if (has_totag()) {{
        if (loose_route()) {{ t_relay(); exit; }}
        if (is_method("ACK")) {{ if (t_check_trans()) t_relay(); exit; }}
        sl_send_reply("404", "Not Here"); exit;
    }}
    t_check_trans();
    if (is_method("REGISTER")) {{
        if (!pv_www_authenticate("{realm}", "{password}", "0")) {{
            www_challenge("{realm}", "1"); exit;
        }}
        save("location"); exit;
    }}
    if (!is_method("INVITE")) {{ sl_send_reply("405", "Method Not Allowed"); exit; }}
    if (!pv_proxy_authenticate("{realm}", "{password}", "0")) {{
        proxy_challenge("{realm}", "1"); exit;
    }}
    consume_credentials();
    record_route();
    if (!lookup("location")) {{ sl_send_reply("404", "Not Found"); exit; }}
    t_relay();
}}
"""


class Kamailio:
    """Anybody signs in under any name with the one password."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        folder.mkdir(parents=True, exist_ok=True)
        self.file = folder / "kamailio.cfg"
        self.file.write_text(SCRIPT.format(host=LOCAL, port=port, realm=REALM, password=PASSWORD))
        self._program: subprocess.Popen | None = None

    def start(self) -> "Kamailio":
        log = (self.folder / "kamailio.log").open("a")
        self._program = subprocess.Popen(
            ["/usr/sbin/kamailio", "-DD", "-f", str(self.file), "-m", "32", "-M", "8",
             "-w", str(self.folder), "-Y", str(self.folder)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        line = Line("probe", "", LOCAL, self.port)
        deadline = time.monotonic() + 15
        while True:
            with Wire(line) as wire:
                wire.send(wire.request("OPTIONS", f"sip:{LOCAL}:{self.port}"))
                try:
                    assert wire.receive(0.5).status == 200
                    return self
                except (AssertionError, OSError):
                    pass
            assert self._program.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()

    def stop(self) -> None:
        if self._program is not None:
            end_program(self._program)
            self._program = None

    def line(self, number: str | int) -> Line:
        return Line(str(number), PASSWORD, LOCAL, self.port, domain=REALM)

    def log(self) -> str:
        return (self.folder / "kamailio.log").read_text(errors="replace")[-4000:]
