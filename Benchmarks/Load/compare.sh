#!/bin/bash
# compare.sh [CALLS [PER_SECOND [ROUNDS]]]: pbxload beside sipp, CPU a call and a registration.
# Each is pinned to one core, the other side to another; in turn, and the middle round counts.
#   calls: INVITE, 180, 200, ACK, BYE, 200 against a sipp that answers at once
#   registrations: REGISTER, 401, REGISTER, 200 against pbxd
# PBXLOAD, PBXD and PBXCTL name the programs (default: the release build).
set -euo pipefail
cd "$(dirname "$0")"
calls=${1:-5000} rate=${2:-500} rounds=${3:-3}
here=$PWD root=$(cd ../.. && pwd)
pbxload=${PBXLOAD:-$root/.build/release/pbxload}
pbxd=${PBXD:-$root/.build/release/pbxd}
pbxctl=${PBXCTL:-$root/.build/release/pbxctl}
command -v sipp >/dev/null || { echo "compare.sh: sipp is missing (Debian: sip-tester)" >&2; exit 1; }
phones=1000 first=100000
ours=0 theirs=1
[ "$(nproc)" -ge 2 ] || theirs=0
work=$(mktemp -d)
others=()
finish() {
    for one in "${others[@]}"; do kill "$one" 2>/dev/null || true; done
    rm -rf "$work"
}
trap finish EXIT
cd "$work"

# CPU seconds (user and system) of a command on our core; what it says goes to a file.
measure() {
    local name=$1
    shift
    local status=0
    TIMEFORMAT='%U %S'
    { time taskset -c "$ours" "$@" >"$name.out" 2>"$name.err"; } 2>"$name.time" || status=$?
    if [ "$status" != 0 ]; then
        echo "compare.sh: $name ended with $status" >&2
        tail -n 20 "$name.out" "$name.err" >&2
        exit 1
    fi
    awk '{ print $1 + $2 }' "$name.time"
}

middle() { sort -n | awk '{ t[NR] = $1 } END { print t[int((NR + 1) / 2)] }'; }

# tell WHAT COUNT: the middle rounds beside each other, from WHAT.ours and WHAT.sipp.
tell() {
    awk -v what="$1" -v n="$2" -v ours="$(middle <"$1.ours")" -v sipp="$(middle <"$1.sipp")" 'BEGIN {
        printf "%s: pbxload %.3f, sipp %.3f CPU seconds per 1000: sipp needs %.2f times as much\n",
            what, ours * 1000 / n, sipp * 1000 / n, sipp / ours }'
}

taskset -c "$theirs" sipp -sn uas -i 127.0.0.1 -p 15970 -nostdin >uas.out 2>uas.err &
others+=($!)
sleep 0.5
for _ in $(seq "$rounds"); do
    measure calls-ours "$pbxload" --target udp:127.0.0.1:15970 --no-register --to 100 \
        --phones "$phones" --calls "$calls" --calls-per-second "$rate" --duration 1h --talk 0s \
        --sound off --quiet >>calls.ours
    measure calls-sipp sipp -sf "$here/uac.xml" -s 100 -i 127.0.0.1 -p 15971 -m "$calls" \
        -r "$rate" -l "$phones" -nostdin 127.0.0.1:15970 >>calls.sipp
done
tell calls "$calls"
kill "${others[0]}" 2>/dev/null || true

cat >pbxd.yaml <<YAML
data: $work/data
domain: exchange.test
sip:
  udp: 127.0.0.1:15972
media:
  address: 127.0.0.1
  ports: 20000-20999
log:
  level: warning
YAML
awk -v count="$phones" -v first="$first" 'BEGIN {
    print "number,name,password,pin,email,group"
    for (i = 0; i < count; i++) printf "%d,Person %d,secret-of-%d,4711,,\n", first + i, i, first + i
}' >people.csv
{
    echo SEQUENTIAL
    awk -F, 'NR > 1 { printf "%s;[authentication username=%s password=%s]\n", $1, $1, $3 }' people.csv
} >people.inf
echo 'secret-of-{number}' >password
"$pbxctl" --config pbxd.yaml extension import people.csv >/dev/null
taskset -c "$theirs" "$pbxd" --config pbxd.yaml >pbxd.out 2>pbxd.err &
others+=($!)
for _ in $(seq 100); do
    grep -q '^ready' pbxd.out && break
    sleep 0.1
done
for _ in $(seq "$rounds"); do
    # It signs off again, so that its registrations are two for one of sipp's.
    measure register-ours "$pbxload" --target udp:127.0.0.1:15972 --domain exchange.test \
        --first-number "$first" --phones "$phones" --password-file password --calls 0 \
        --registrations-per-second "$rate" --sound off --quiet |
        awk '{ print $1 / 2 }' >>registrations.ours
    measure register-sipp sipp -sf "$here/register.xml" -inf people.inf -i 127.0.0.1 -p 15973 \
        -m "$phones" -r "$rate" -nostdin 127.0.0.1:15972 >>registrations.sipp
done
tell registrations "$phones"
