"""calls.py COUNT PORT TABLE: sets up that many G.711 calls in rtpengine by its ng protocol.

Party i is 127.77.0.2:(20000+i). Where each has to send is written to TABLE, one line each.
"""
import socket
import sys


def bencode(value):
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, str):
        return b"%d:%s" % (len(value.encode()), value.encode())
    if isinstance(value, list):
        return b"l" + b"".join(bencode(item) for item in value) + b"e"
    pairs = sorted(value.items())
    return b"d" + b"".join(bencode(key) + bencode(item) for key, item in pairs) + b"e"


def offered(port):
    lines = [
        "v=0", "o=- 1 1 IN IP4 127.77.0.2", "s=-", "c=IN IP4 127.77.0.2", "t=0 0",
        f"m=audio {port} RTP/AVP 8", "a=rtpmap:8 PCMA/8000", "a=sendrecv", "a=ptime:20", "",
    ]
    return "\r\n".join(lines)


def main():
    count, control, table = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    link.settimeout(3)
    asked = 0

    def ask(command, **more):
        nonlocal asked
        asked += 1
        body = bencode({"command": command, "ICE": "remove", **more})
        link.sendto(b"%d " % asked + body, ("127.77.0.1", control))
        answer = link.recv(65536).decode()
        if "6:result2:ok" not in answer:
            sys.exit(f"rtpengine: {answer}")
        media = next(line for line in answer.split("\r\n") if "m=audio " in line)
        return int(media.split("m=audio ")[1].split()[0])

    with open(table, "w") as lines:
        for call in range(count):
            names = {"call-id": f"bench-{call}", "from-tag": f"a{call}"}
            first, second = 20000 + 2 * call, 20001 + 2 * call
            for_second = ask("offer", sdp=offered(first), **names)
            for_first = ask("answer", sdp=offered(second), **names, **{"to-tag": f"b{call}"})
            lines.write(f"127.77.0.1 {for_first}\n127.77.0.1 {for_second}\n")


main()
