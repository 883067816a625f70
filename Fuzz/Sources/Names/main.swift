import Fuzzing

runFuzzer { bytes, count in
    fuzzNames(copied(bytes, count))
    return 0
}
