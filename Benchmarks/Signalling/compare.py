"""compare.py [registrations | calls | memory | overload | growth | media ...]: the exchange beside
kamailio.

Each daemon is pinned to one core, sipp to another; CPU is the daemon's own, from /proc, its
children too. PBXD and PBXCTL name other programs than the release build. RATE_REGISTER,
RATE_CALL, EXTENSIONS, ROUNDS, MEDIA_CALLS and MEDIA_SECONDS change what is asked (2000, 300, 10000,
3, 1000, 600).
"""

import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PBXD = os.environ.get("PBXD", str(ROOT / ".build/release/pbxd"))
PBXCTL = os.environ.get("PBXCTL", str(ROOT / ".build/release/pbxctl"))
RATE_REGISTER = int(os.environ.get("RATE_REGISTER", 2000))
RATE_CALL = int(os.environ.get("RATE_CALL", 300))
EXTENSIONS = int(os.environ.get("EXTENSIONS", 10000))
ROUNDS = int(os.environ.get("ROUNDS", 3))
MEDIA_CALLS = int(os.environ.get("MEDIA_CALLS", 1000))
MEDIA_SECONDS = int(os.environ.get("MEDIA_SECONDS", 600))
TICKS = os.sysconf("SC_CLK_TCK")
FIRST = 100000
DAEMON_CORE, LOAD_CORE = ("1", "0") if os.cpu_count() > 1 else ("0", "0")
PORT, CALLEE_PORT, CALLER_PORT = 15980, 15981, 15982


class Daemon:
    """One that is measured: started afresh, on a core of its own."""

    def __init__(self, name, command, ready, work):
        self.name = name
        self.log = open(work / f"{name}.log", "wb")
        self.process = subprocess.Popen(
            ["taskset", "-c", DAEMON_CORE, *command], stdout=self.log, stderr=self.log, cwd=work)
        for _ in range(600):
            if self.process.poll() is not None or ready():
                break
            time.sleep(0.1)
        else:
            sys.exit(f"compare.py: {name} is not ready after a minute")
        if self.process.poll() is not None:
            sys.exit(f"compare.py: {name} ended at its start:\n"
                     + (work / f"{name}.log").read_text()[-2000:])

    def processes(self):
        found, waiting = [], [self.process.pid]
        while waiting:
            pid = waiting.pop()
            found.append(pid)
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            waiting += [int(child) for child in children]
        return found

    def cpu(self):
        """User and system seconds so far."""
        total = 0
        for pid in self.processes():
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def resident(self):
        """Bytes, of the first process."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", text)[1]) * 1024

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


def people(work, count):
    """The extensions as the exchange imports them, and the lines that sipp fills in."""
    numbers = range(FIRST, FIRST + count)
    with open(work / "people.csv", "w") as file:
        file.write("number,name,password,pin,email,group\n")
        for number in numbers:
            file.write(f"{number},Person {number},secret-of-{number},4711,,\n")
    half = count // 2
    with open(work / "people.inf", "w") as file:
        file.write("SEQUENTIAL\n")
        for at, number in enumerate(numbers):
            callee = FIRST + half + at % half
            file.write(f"{number};[authentication username={number} "
                       f"password=secret-of-{number}];{callee}\n")
    lines = (work / "people.inf").read_text().splitlines(keepends=True)
    (work / "callers.inf").write_text("".join(lines[:half + 1]))
    (work / "callees.inf").write_text("SEQUENTIAL\n" + "".join(lines[half + 1:]))


def exchange(work):
    configuration = work / "pbxd.yaml"
    configuration.write_text(f"""\
data: {work}/data
domain: exchange.test
sip:
  udp: 127.0.0.1:{PORT}
media:
  address: 127.0.0.1
  ports: 20000-39999
abuse:
  allow: [127.0.0.0/8]
log:
  level: warning
""")
    if not (work / "data").exists():
        subprocess.run([PBXCTL, "--config", configuration, "extension", "import",
                        work / "people.csv"], check=True, stdout=subprocess.DEVNULL)
    log = work / "pbxd.log"
    log.unlink(missing_ok=True)
    return Daemon("pbxd", [PBXD, "--config", str(configuration)],
                  lambda: b"\nready" in b"\n" + log.read_bytes(), work)


def kamailio(work):
    configuration = work / "kamailio.cfg"
    configuration.write_text((HERE / "kamailio.cfg").read_text().replace("PORT", str(PORT)))
    daemon = Daemon("kamailio", ["kamailio", "-DD", "-m", "512", "-M", "32", "-f",
                                 str(configuration)], lambda: True, work)
    time.sleep(2)
    return daemon


class Load:
    """One sipp, bounded in messages and time."""

    def __init__(self, work, name, scenario, port, count, rate, lines, options=()):
        self.output = work / f"{name}.sipp"
        self.file = open(self.output, "wb")
        self.process = subprocess.Popen(
            ["taskset", "-c", LOAD_CORE, "sipp", "-sf", str(scenario), "-inf", str(work / lines),
             "-i", "127.0.0.1", "-p", str(port), "-m", str(count), "-r", str(rate), "-l", "20000",
             "-nostdin", "-aa", "-timeout", str(int(count / rate) + 60), *options, f"127.0.0.1:{PORT}"],
            stdout=self.file, stderr=subprocess.STDOUT, cwd=work)

    def wait(self):
        self.process.wait()
        self.file.close()
        return self

    def ended(self, what):
        found = re.findall(rf"{what} call\s*\|\s*\d+\s*\|\s*(\d+)", self.output.read_text(
            errors="replace"))
        return int(found[-1]) if found else 0

    @property
    def good(self):
        """Calls that were answered and hung up, or registrations: whose last 200 came. sipp itself
        takes one that was refused, as its scenario allows, for a success."""
        rows = re.findall(r"^\s*200 <-+\D*(?:RTD\d\s+)?(\d+)", self.output.read_text(
            errors="replace"), re.M)
        return int(rows[-1]) if rows else 0


def register(work, count, rate, lines, port):
    load = Load(work, "register", HERE.parent / "Load" / "register.xml", port, count, rate, lines)
    load.wait()
    if load.good < count * 0.999:
        sys.exit(f"compare.py: only {load.good} of {count} registrations succeeded; sipp's last words:\n"
                 + load.output.read_text(errors="replace")[-2000:])
    return load


class Callees:
    def __init__(self, work, options=()):
        self.process = subprocess.Popen(
            ["taskset", "-c", LOAD_CORE, "sipp", "-sf", str(HERE / "answer.xml"), "-i",
             "127.0.0.1", "-p", str(CALLEE_PORT), "-nostdin", "-aa", "-l", "20000", *options],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=work)
        time.sleep(0.5)

    def end(self):
        self.process.kill()
        self.process.wait()


def register_everyone(work, extensions):
    """The callees from the port where they will be called, the callers from theirs."""
    half = extensions // 2
    register(work, half, RATE_REGISTER, "callees.inf", CALLEE_PORT)
    register(work, half, RATE_REGISTER, "callers.inf", CALLER_PORT)


def call(work, count, rate, talk=0, options=()):
    return Load(work, "calls", HERE / "call.xml", CALLER_PORT, count, rate, "callers.inf",
                ("-d", str(talk), "-recv_timeout", "20000", *options))


def cost_of_registrations(work, start, count):
    daemon = start(work)
    try:
        register(work, EXTENSIONS, RATE_REGISTER, "people.inf", CALLER_PORT)  # warms up
        before = daemon.cpu()
        register(work, count, RATE_REGISTER, "people.inf", CALLER_PORT)
        return (daemon.cpu() - before) * 1000 / count
    finally:
        daemon.end()


def cost_of_calls(work, start, count, extensions):
    daemon = start(work)
    try:
        register_everyone(work, extensions)
        callees = Callees(work)
        try:
            call(work, min(count // 5, 1000), RATE_CALL).wait()  # warms up
            before = daemon.cpu()
            load = call(work, count, RATE_CALL).wait()
            cost = (daemon.cpu() - before) * 1000 / max(1, load.good)
            if load.good < count * 0.99:
                print(f"  {daemon.name}: only {load.good} of {count} calls succeeded")
            return cost
        finally:
            callees.end()
    finally:
        daemon.end()


def beside(work, what, cost):
    ours, theirs = [], []
    for _ in range(ROUNDS):
        theirs.append(cost(kamailio))
        ours.append(cost(exchange))
    mine, other = statistics.median(ours), statistics.median(theirs)
    print(f"{what}: pbxd {mine:.3f} ({min(ours):.3f}-{max(ours):.3f}), kamailio {other:.3f} "
          f"({min(theirs):.3f}-{max(theirs):.3f}) CPU seconds per 1,000: {mine / other:.2f} x",
          flush=True)


def registrations(work):
    people(work, EXTENSIONS)
    beside(work, f"REGISTER with challenge, {RATE_REGISTER}/s",
           lambda start: cost_of_registrations(work, start, 5 * RATE_REGISTER))


def calls(work):
    people(work, EXTENSIONS)
    beside(work, f"call, challenged, {RATE_CALL}/s",
           lambda start: cost_of_calls(work, start, 10 * RATE_CALL, EXTENSIONS))


def memory(work):
    people(work, EXTENSIONS)
    daemon = exchange(work)
    try:
        time.sleep(1)
        idle = daemon.resident()
        register_everyone(work, EXTENSIONS)
        registered = daemon.resident()
        print(f"memory: {idle / 1e6:.1f} MB idle with {EXTENSIONS} extensions known; registered "
              f"by UDP {(registered - idle) / EXTENSIONS / 1000:.2f} kB each", flush=True)
        callees = Callees(work)
        try:
            before = daemon.resident()
            load = call(work, 1000, 200, talk=15000)
            time.sleep(12)
            during = daemon.resident()
            load.wait()
            print(f"memory: 1,000 calls at a time {(during - before) / 1000 / 1000:.1f} kB each "
                  f"({load.good} succeeded)", flush=True)
            time.sleep(35)  # what transactions keep for a while (timers B, H, J) is gone
            before = daemon.resident()
            load = call(work, 10000, RATE_CALL).wait()
            time.sleep(40)
            after = daemon.resident()
            print(f"memory: after {load.good} calls {after / before:.3f} x what it was before "
                  f"({before / 1e6:.1f} MB, {after / 1e6:.1f} MB)", flush=True)
        finally:
            callees.end()
    finally:
        daemon.end()


def completed_a_second(work, rate, seconds):
    """Calls that came up and ended well, a second, at that rate of attempts."""
    begun = time.monotonic()
    load = call(work, rate * seconds, rate).wait()
    return load.good / max(seconds, time.monotonic() - begun - 0.5)


def overload(work):
    people(work, EXTENSIONS)
    daemon = exchange(work)
    try:
        register_everyone(work, EXTENSIONS)
        callees = Callees(work)
        try:
            peak, rate, in_vain = 0, RATE_CALL, 0
            while in_vain < 2:  # one rate alone may have met other work on the machine
                completed = completed_a_second(work, rate, 10)
                print(f"overload: {rate} attempts a second, {completed:.0f} calls completed",
                      flush=True)
                time.sleep(35)
                in_vain = 0 if completed > peak * 1.05 else in_vain + 1
                peak, rate = max(peak, completed), int(rate * 1.4)
            completed = completed_a_second(work, int(peak * 3), 20)
            print(f"overload: at 3 x the peak of {peak:.0f} calls a second {completed:.0f} are "
                  f"completed: {completed / peak:.0%}", flush=True)
        finally:
            callees.end()
    finally:
        daemon.end()


def growth(work):
    for extensions in (1000, 10000, 50000):
        folder = work / str(extensions)
        folder.mkdir()
        people(folder, extensions)
        daemon = exchange(folder)
        try:
            register_everyone(folder, extensions)
            before = daemon.cpu()
            count = max(extensions, 10000)
            register(folder, count, RATE_REGISTER, "people.inf", CALLER_PORT)
            registering = (daemon.cpu() - before) * 1000 / count
            register_everyone(folder, extensions)
            callees = Callees(folder)
            try:
                call(folder, 500, RATE_CALL).wait()
                before = daemon.cpu()
                call(folder, 3000, RATE_CALL).wait()
                calling = (daemon.cpu() - before) * 1000 / 3000
            finally:
                callees.end()
            print(f"growth: {extensions} extensions: {registering:.3f} CPU seconds per 1,000 "
                  f"registrations, {calling:.3f} per 1,000 calls", flush=True)
        finally:
            daemon.end()


def sound_ports(messages, sent, heard):
    """By the caller's number, what one sipp wrote of its calls: its own port and the exchange's.

    sent and heard begin the messages that carry the one and the other."""
    own, others = {}, {}
    for part in re.split(r"^-{20,} .*$", messages.read_text(errors="replace"), flags=re.M):
        found = re.search(r"UDP message (sent|received).*?\n\n(.*)", part, re.S)
        port = found and re.search(r"^m=audio (\d+)", found[2], re.M)
        caller = found and re.search(r"^From:.*?sip:(\d+)@", found[2], re.M)
        if not port or not caller:
            continue
        if found[1] == "sent" and found[2].startswith(sent):
            own[caller[1]] = int(port[1])
        elif found[1] == "received" and found[2].startswith(heard):
            others[caller[1]] = int(port[1])
    return {number: (port, others[number]) for number, port in own.items() if number in others}


def dropped_datagrams():
    """How many the kernel dropped for want of room in a receive buffer."""
    names, values = [line.split() for line in Path("/proc/net/snmp").read_text().splitlines()
                     if line.startswith("Udp:")]
    return int(values[names.index("RcvbufErrors")])


def media(work):
    """Calls through the whole exchange, both parties of each sending G.711 all the time."""
    count = MEDIA_CALLS + 2  # the first port of each sipp is its own: their calls have no sound
    people(work, 2 * count)
    load = work / "load"
    subprocess.run(["cc", "-O2", "-o", load, HERE.parent / "RTPRelay" / "load" / "load.c"], check=True)
    daemon = exchange(work)
    try:
        register_everyone(work, 2 * count)
        callees = Callees(work, ("-mi", "127.77.0.2", "-mp", "26000", "-trace_msg", "-message_file",
                                 str(work / "callees.log")))
        try:
            idle = daemon.resident()
            calls = call(work, count, 100, (MEDIA_SECONDS + 30) * 1000, (
                "-mi", "127.77.0.2", "-mp", "20000", "-trace_msg", "-message_file",
                str(work / "callers.log"), "-timeout", str(MEDIA_SECONDS + 120)))
            time.sleep(count / 100 + 5)
            callers = sound_ports(work / "callers.log", "INVITE", "SIP/2.0 200")
            called = sound_ports(work / "callees.log", "SIP/2.0 200", "INVITE")
            up = [number for number in sorted(callers.keys() & called.keys())
                  if callers[number][0] != 20000 and called[number][0] != 26000][:MEDIA_CALLS]
            with open(work / "table", "w") as table:
                for number in up:
                    for own, exchange_port in (callers[number], called[number]):
                        table.write(f"127.0.0.1 {exchange_port} {own}\n")
            dropped = dropped_datagrams()
            measured = subprocess.run(
                ["taskset", "-c", LOAD_CORE, load, work / "table", str(len(up)),
                 str(MEDIA_SECONDS), str(daemon.process.pid)], check=True, stdout=subprocess.PIPE,
                text=True)
            each = (daemon.resident() - idle) / len(up) / 1000
            print(f"media: {len(up)} of {MEDIA_CALLS} calls, {each:.1f} kB each; "
                  f"{measured.stdout.strip()}; {dropped_datagrams() - dropped} datagrams "
                  "dropped by full receive buffers", flush=True)
            calls.wait()
            print(f"media: {calls.good} calls ended well", flush=True)
        finally:
            callees.end()
    finally:
        daemon.end()


PARTS = {"registrations": registrations, "calls": calls, "memory": memory, "overload": overload,
         "growth": growth, "media": media}


def main():
    for name in sys.argv[1:] or PARTS:
        if name not in PARTS:
            sys.exit(f"compare.py: {name} is none of {', '.join(PARTS)}")
        work = Path(tempfile.mkdtemp(prefix="signalling-"))
        try:
            PARTS[name](work)
        finally:
            shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
