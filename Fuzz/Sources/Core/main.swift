import Fuzzing

runFuzzer { bytes, count in
    fuzzCore(copied(bytes, count))
    return 0
}
