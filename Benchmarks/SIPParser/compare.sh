#!/bin/bash
# compare.sh [SECONDS [ROUNDS]]: our parser beside libosip2, sofia-sip and libre, in turn.
#
# Each reads the 38 essential fields of the messages in messages/; that all find the same is checked
# first. Prints thousand messages a second of thread CPU time (harmonic mean over the messages, mean
# over the rounds), the ratio, and instructions a message (callgrind).
# PARSER names our binary; built here where it does not.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:-0.5} rounds=${2:-3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

ours=${PARSER:-}
if [ -z "$ours" ]; then
    swift build -c release --package-path .. --product SIPParser >&2
    ours=$(swift build -c release --package-path .. --show-bin-path)/SIPParser
fi
cp "$ours" "$work/strowger"
cc=(cc -O2 -Wall -Wextra)
"${cc[@]}" -o "$work/libosip2" peers/driver.c peers/osip.c -losipparser2
read -ra sofia <<<"$(pkg-config --cflags --libs sofia-sip-ua)"
"${cc[@]}" -Wno-unused-parameter -o "$work/sofia-sip" peers/driver.c peers/sofia.c "${sofia[@]}"
"${cc[@]}" -o "$work/libre" peers/driver.c peers/re.c -lre
parsers=(strowger libosip2 sofia-sip libre)

for parser in "${parsers[@]}"; do
    # libosip2 cuts a Call-ID at the @.
    "$work/$parser" -d messages/*.sip | sed '/^callid=/s/@.*//' >"$work/$parser.found"
    if ! diff "$work/sofia-sip.found" "$work/$parser.found" >"$work/difference" 2>/dev/null &&
        [ -f "$work/sofia-sip.found" ]; then
        echo "$parser and sofia-sip found different fields:" >&2
        cat "$work/difference" >&2
    fi
done
diff "$work/sofia-sip.found" "$work/strowger.found" >&2

for _ in $(seq "$rounds"); do
    for parser in "${parsers[@]}"; do
        "$work/$parser" -e -s "$seconds" messages/*.sip >>"$work/rates"
    done
done
if grep FAIL "$work/rates" >&2; then exit 1; fi

# What a run of many costs more than a run of few, start-up left out.
instructions() {
    local count
    for count in 50 250; do
        valgrind --tool=callgrind --callgrind-out-file=/dev/null "$1" -e -c "$count" \
            messages/*.sip 2>&1 | sed -n 's/.*Collected : *//p'
    done | awk -v files="$(ls messages/*.sip | wc -l)" \
        'NR == 1 { few = $1 } NR == 2 { printf "%d\n", ($1 - few) / (200 * files) }'
}

for parser in "${parsers[@]}"; do
    count=-
    command -v valgrind >/dev/null && count=$(instructions "$work/$parser")
    echo "$parser $count" >>"$work/counts"
done
# Harmonic mean: the time that one of each message takes together.
awk 'NR == FNR { instructions[$1] = $2; next }
     { time[$1] += 1 / $4; n[$1]++ }
     END { base = n["strowger"] / time["strowger"]
           split("strowger libosip2 sofia-sip libre", order, " ")
           for (i = 1; i <= 4; i++) { p = order[i]; rate = n[p] / time[p]
               printf "%-10s %8.0f thousand messages/s  %6s instructions a message", p, rate / 1000, instructions[p]
               if (p != "strowger") printf "  strowger is %.2f times as fast", base / rate
               print "" } }' "$work/counts" "$work/rates"
