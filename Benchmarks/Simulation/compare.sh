#!/bin/bash
# compare.sh [HOURS [MINUTES]]: how fast the simulated world is, on one core, by its own user CPU time:
# an office's working day of so many hours (8); 5,000 phones for so many minutes (60), and their
# memory; 200 calls with all their sound; and one trace for one seed, in 20 processes.
# PBXSIM and PBXSIM_DEBUG name the programs (default: this tree's builds).
set -euo pipefail
cd "$(dirname "$0")"
hours=${1:-8} minutes=${2:-60}
root=$(cd ../.. && pwd)
pbxsim=${PBXSIM:-$root/.build/release/pbxsim}
debug=${PBXSIM_DEBUG:-$root/.build/debug/pbxsim}
work=$(mktemp -d)
poller=
finish() {
    [ -z "$poller" ] || kill "$poller" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT

# Runs pbxsim with those words; leaves its output, its user CPU seconds and its peak memory (kB).
measure() {
    : >"$work/peak"
    : >"$work/pid"
    while sleep 0.2; do
        read -r pid <"$work/pid" && awk '/VmHWM/ { print $2 }' "/proc/$pid/status" >>"$work/peak"
    done 2>/dev/null &
    poller=$!
    local TIMEFORMAT=%U
    { time (
        "$pbxsim" run --seed 1 "$@" >"$work/out" 2>/dev/null &
        echo "$!" >"$work/pid"
        wait "$!"
    ); } 2>"$work/cpu" || true
    kill "$poller"
    wait "$poller" 2>/dev/null || true
    poller=
    cpu=$(tail -n 1 "$work/cpu")
    peak=$(sort -n "$work/peak" | tail -n 1)
}

# The number that a line of the output begins with, after its name: `figure calls`.
figure() {
    awk -v name="$1" '$1 == name { print $2; exit }' "$work/out"
}

# report SECONDS TEXT
report() {
    awk -v virtual="$1" -v text="$2" -v cpu="$cpu" -v peak="${peak:-0}" \
        -v calls="$(figure calls)" -v verdict="$(figure verdict)" 'BEGIN {
        printf "%s: %.0f x real time (%.2f s of CPU, %.3f ms a call, %d calls, %.0f MB, %s)\n",
            text, virtual / cpu, cpu, 1000 * cpu / calls, calls, peak / 1024, verdict }'
}

echo "machine load: $(cut -d' ' -f1-3 /proc/loadavg), $(nproc) processors"
measure --phones 1000 --phones-per-extension 1 --calls-per-second 5 --duration "${hours}h" \
    --sound off
report $((hours * 3600)) "office of 1,000 extensions, 5 calls/s at the peak, $hours h, signalling"
measure --phones 5000 --phones-per-extension 1 --calls-per-second 10 --duration "${minutes}m" \
    --sound off
report $((minutes * 60)) "5,000 phones, 10 calls/s, $minutes min, signalling"
measure --phones 1000 --phones-per-extension 1 --calls-per-second 12 --talk-time 90s --duration 5m \
    --sound full
listeners=$(($(figure heard) / 50 / 300))
report 300 "calls with all their sound, $((listeners / 2)) at a time on average"
beside=()
[ -x "$debug" ] && beside=(--beside "$debug")
echo "one seed, 20 processes, four environments${beside:+, release and debug in turn}:" \
    "$("$pbxsim" verify --seed 1 --phones 20 --duration 5m --times 20 "${beside[@]}" | sort |
        uniq -c | tr -s ' ' | paste -sd';')"
