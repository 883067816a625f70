import Fuzzing

runFuzzer { bytes, count in
    fuzzRepair(copied(bytes, count))
    return 0
}
