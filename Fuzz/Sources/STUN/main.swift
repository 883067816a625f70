import Fuzzing

runFuzzer { bytes, count in
    fuzzSTUN(copied(bytes, count))
    return 0
}
