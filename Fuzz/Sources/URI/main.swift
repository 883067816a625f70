import Fuzzing

runFuzzer { bytes, count in
    fuzzURI(copied(bytes, count))
    return 0
}
