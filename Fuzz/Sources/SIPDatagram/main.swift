import Fuzzing

runFuzzer { bytes, count in
    fuzzSIPDatagram(copied(bytes, count))
    return 0
}
