#!/bin/bash
# compare.sh [SECONDS [ROUNDS]]: a conference of 32 by Opus at 48 kHz, all of whom speak: the processor's time of a party
# and frame of 20 ms, ours and that of Janus's AudioBridge, in turn.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:-10} rounds=${2:-3}
work=$(mktemp -d)
pids=()
finish() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    rm -rf "$work"
}
trap finish EXIT

if ! command -v janus >/dev/null; then
    echo "janus is missing: apt-get install --no-install-recommends janus" >&2
    exit 1
fi
swift build -c release --package-path .. --product Conference >&2
conference=$(swift build -c release --package-path .. --show-bin-path)/Conference

# Its settings: nothing but the one plugin and HTTP on loopback.
plugins=$(dirname "$(find /usr/lib -name libjanus_audiobridge.so | head -n 1)")
transports=$(dirname "$(find /usr/lib -name libjanus_http.so | head -n 1)")
mkdir "$work/plugins" "$work/transports"
ln -s "$plugins/libjanus_audiobridge.so" "$work/plugins/"
ln -s "$transports/libjanus_http.so" "$work/transports/"
cat >"$work/janus.jcfg" <<END
general: {
    configs_folder = "$work"
    plugins_folder = "$work/plugins"
    transports_folder = "$work/transports"
    events_folder = "$work"
    loggers_folder = "$work"
    interface = "127.0.0.1"
    debug_level = 2
}
nat: { ice_lite = true }
END
cat >"$work/janus.transport.http.jcfg" <<END
general: {
    json = "compact"
    base_path = "/janus"
    http = true
    port = 18088
    ip = "127.0.0.1"
    https = false
}
admin: {
    admin_http = false
}
END
cat >"$work/janus.plugin.audiobridge.jcfg" <<END
general: {
    local_ip = "127.0.0.1"
}
END

theirs() {
    local driver relay line
    taskset -c 1 janus --config="$work/janus.jcfg" --configs-folder="$work" \
        >"$work/janus.log" 2>&1 &
    relay=$!
    pids+=("$relay")
    for _ in $(seq 100); do
        (exec 3<>/dev/tcp/127.0.0.1/18088) 2>/dev/null && break
        sleep 0.1
    done
    python3 janus.py 32 "$work/table" $((seconds + 30)) >"$work/out" 2>"$work/err" &
    driver=$!
    pids+=("$driver")
    for _ in $(seq 200); do
        grep -q ready "$work/out" && break
        sleep 0.1
    done
    line=$(taskset -c 0 "$conference" theirs "$work/table" "$seconds" "$relay") || {
        tail -n 20 "$work/janus.log" "$work/err" >&2
        exit 1
    }
    kill "$driver" "$relay" 2>/dev/null || true
    wait "$driver" "$relay" 2>/dev/null || true
    echo "janus      $line"
    echo "janus ${line%% *}" >>"$work/figures"
}

ours() {
    local line
    line=$("$conference" ours "$seconds")
    echo "strowger   $line"
    echo "strowger ${line%% *}" >>"$work/figures"
}

for _ in $(seq "$rounds"); do
    ours
    theirs
done
awk '{ sum[$1] += $2; n[$1]++ }
     END { a = sum["strowger"] / n["strowger"]; b = sum["janus"] / n["janus"]
           printf "mean us a party and frame: strowger %.1f, janus %.1f, ratio %.3f\n", a, b, a / b
           exit a / b > 0.45 }' "$work/figures"
