import Fuzzing

runFuzzer { bytes, count in
    fuzzRTP(copied(bytes, count))
    return 0
}
