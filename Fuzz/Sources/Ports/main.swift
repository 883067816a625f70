import Fuzzing

runFuzzer { bytes, count in
    fuzzPorts(copied(bytes, count))
    return 0
}
