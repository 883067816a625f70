#!/bin/bash
# compare.sh [CALLS [SECONDS [ROUNDS]]]: CPU per relayed G.711 packet, ours and rtpengine's, in turn.
#
# Both relays are pinned to core 1, the load generator to core 0; rtpengine runs in user space, as it
# does without its kernel module. RELAY names our binary; built here where it does not.
set -euo pipefail
cd "$(dirname "$0")"
calls=${1:-500} seconds=${2:-10} rounds=${3:-3}
work=$(mktemp -d)
relay_pid=
finish() {
    [ -z "$relay_pid" ] || kill "$relay_pid" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT

if ! command -v rtpengine >/dev/null; then
    echo "rtpengine is missing: apt-get install rtpengine-daemon" >&2
    exit 1
fi
relay=${RELAY:-}
if [ -z "$relay" ]; then
    swift build -c release --package-path .. --product RTPRelay >&2
    relay=$(swift build -c release --package-path .. --show-bin-path)/RTPRelay
fi
cc -O2 -Wall -o "$work/load" load/load.c
ulimit -n "$(ulimit -Hn)"

ours() {
    rm -f "$work/out"
    mkfifo "$work/hold.$1"
    taskset -c 1 "$relay" "$calls" "$work/table" 1 >"$work/out" <>"$work/hold.$1" &
    relay_pid=$!
    for _ in $(seq 200); do
        grep -q ready "$work/out" 2>/dev/null && break
        sleep 0.05
    done
}

theirs() {
    taskset -c 1 rtpengine --config-file=none --table=-1 --interface=127.77.0.1 \
        --listen-ng=127.77.0.1:2223 --foreground --log-stderr --log-level=3 \
        --port-min=30000 --port-max=60000 --pidfile="$work/pid" >"$work/log" 2>&1 &
    relay_pid=$!
    sleep 1
    python3 load/calls.py "$calls" 2223 "$work/table"
}

measure() {
    local line
    line=$(taskset -c 0 "$work/load" "$work/table" "$calls" "$seconds" "$relay_pid")
    kill "$relay_pid"
    wait "$relay_pid" 2>/dev/null || true
    relay_pid=
    printf '%-10s %s\n' "$1" "$line"
    echo "$1 ${line##*cpu_us_per_packet=}" >>"$work/figures"
}

for round in $(seq "$rounds"); do
    ours "$round" && measure strowger
    theirs && measure rtpengine
done
awk '{ sum[$1] += $2; n[$1]++ }
     END { a = sum["strowger"] / n["strowger"]; b = sum["rtpengine"] / n["rtpengine"]
           printf "mean us a packet: strowger %.3f, rtpengine %.3f, ratio %.3f\n", a, b, a / b }' \
    "$work/figures"
