#!/bin/bash
# compare.sh [EXTENSIONS [ROUNDS]]: from the start of pbxd to its line `ready`, with that many
# extensions in the database; the middle one of the rounds counts.
# PBXD and PBXCTL name the programs (default: the release build).
set -euo pipefail
cd "$(dirname "$0")"
count=${1:-10000} rounds=${2:-7}
root=$(cd ../.. && pwd)
pbxd=${PBXD:-$root/.build/release/pbxd}
pbxctl=${PBXCTL:-$root/.build/release/pbxctl}
work=$(mktemp -d)
running=
finish() {
    [ -z "$running" ] || kill "$running" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT

cat >"$work/pbxd.yaml" <<YAML
data: $work/data
domain: exchange.test
sip:
  udp: 127.0.0.1:15060
  tcp: 127.0.0.1:15060
  tls: 127.0.0.1:15061
media:
  address: 127.0.0.1
  ports: 40000-40999
YAML
awk -v count="$count" 'BEGIN {
    print "number,name,password,pin,email,group"
    for (i = 0; i < count; i++)
        printf "%d,Person %d,secret-of-%d-and-more,4711,,\n", 100000 + i, i, i }' >"$work/people.csv"
import_begin=$(date +%s.%N)
"$pbxctl" --config "$work/pbxd.yaml" extension import "$work/people.csv" >"$work/import.log" ||
    { cat "$work/import.log" >&2; exit 1; }
awk -v a="$import_begin" -v b="$(date +%s.%N)" -v n="$count" \
    'BEGIN { printf "import of %d extensions: %.2f s\n", n, b - a }'

for _ in $(seq "$rounds"); do
    mkfifo "$work/out"
    exec 3<>"$work/out"
    begin=$(date +%s.%N)
    "$pbxd" --config "$work/pbxd.yaml" >"$work/out" 2>"$work/err" &
    running=$!
    ready=
    while read -r -t 20 line <&3; do
        case $line in ready*)
            ready=$(date +%s.%N)
            break
            ;;
        esac
    done
    [ -n "$ready" ] || { cat "$work/err" >&2; exit 1; }
    awk -v a="$begin" -v b="$ready" 'BEGIN { printf "%.3f\n", b - a }' >>"$work/times"
    kill -TERM "$running"
    wait "$running" || true
    running=
    exec 3<&-
    rm "$work/out"
done
sort -n "$work/times" | awk -v n="$count" '{ t[NR] = $1 }
    END { printf "start to ready with %d extensions: %.3f s (middle of %d; %.3f to %.3f)\n",
          n, t[int((NR + 1) / 2)], NR, t[1], t[NR] }'
