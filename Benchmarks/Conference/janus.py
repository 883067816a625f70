"""janus.py PARTIES TABLE SECONDS: a room of Janus's AudioBridge at 48 kHz with plain-RTP participants.

Participant i is 127.0.0.1:(24000 + 2i) and speaks Opus as payload type 96. Writes `address port` of each
to TABLE, prints `ready`, and keeps the session alive.
"""

from __future__ import annotations

import json
import sys
import time
import urllib.request
from typing import Any

BASE = "http://127.0.0.1:18088/janus"
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
count = 0


def post(path: str, body: dict[str, Any]) -> dict[str, Any]:
    global count
    count += 1
    data = json.dumps(dict(body, transaction=f"t{count}")).encode()
    request = urllib.request.Request(BASE + path, data, {"Content-Type": "application/json"})
    return json.load(opener.open(request, timeout=5))


def event(path: str) -> dict[str, Any]:
    return json.load(opener.open(f"{BASE}{path}?maxev=1", timeout=31))


def attach(session: int) -> int:
    reply = post(f"/{session}", {"janus": "attach", "plugin": "janus.plugin.audiobridge"})
    return reply["data"]["id"]


def main() -> None:
    parties, table, seconds = int(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    session = post("", {"janus": "create"})["data"]["id"]
    owner = attach(session)
    room = int(time.time()) % 1_000_000
    reply = post(f"/{session}/{owner}", {"janus": "message", "body": {
        "request": "create", "room": room, "sampling_rate": 48000,
        "allow_rtp_participants": True, "default_prebuffering": 6, "audiolevel_ext": False}})
    assert reply["plugindata"]["data"].get("room") == room, reply
    with open(table, "w") as lines:
        for party in range(parties):
            handle = attach(session)
            post(f"/{session}/{handle}", {"janus": "message", "body": {
                "request": "join", "room": room, "display": f"p{party}", "rtp": {
                    "ip": "127.0.0.1", "port": 24000 + 2 * party, "payload_type": 96,
                    "audiolevel_ext": 0}}})
            while True:
                told = event(f"/{session}")
                data = told.get("plugindata", {}).get("data", {})
                if told.get("sender") != handle:
                    continue
                assert "error" not in data, data
                if data.get("audiobridge") == "joined" and "rtp" in data:
                    lines.write(f"{data['rtp']['ip']} {data['rtp']['port']}\n")
                    break
    print("ready", flush=True)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        post(f"/{session}", {"janus": "keepalive"})
        time.sleep(2)


main()
