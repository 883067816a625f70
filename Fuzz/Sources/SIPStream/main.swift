import Fuzzing

runFuzzer { bytes, count in
    fuzzSIPStream(copied(bytes, count))
    return 0
}
