import Fuzzing

runFuzzer { bytes, count in
    fuzzKeys(copied(bytes, count))
    return 0
}
