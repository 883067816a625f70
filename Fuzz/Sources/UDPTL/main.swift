import Fuzzing

runFuzzer { bytes, count in
    fuzzUDPTL(copied(bytes, count))
    return 0
}
