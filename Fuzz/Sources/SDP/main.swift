import Fuzzing

runFuzzer { bytes, count in
    fuzzSDP(copied(bytes, count))
    return 0
}
