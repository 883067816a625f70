import Fuzzing

runFuzzer { bytes, count in
    fuzzFields(copied(bytes, count))
    return 0
}
