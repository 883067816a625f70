import Fuzzing

runFuzzer { bytes, count in
    fuzzSound(copied(bytes, count))
    return 0
}
