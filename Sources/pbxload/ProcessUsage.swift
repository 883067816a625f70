import Glibc

/// What this process has used so far.
struct ProcessUsage: Sendable {
    /// User's and system's time of all threads.
    var cpuSeconds: Double
    var peakMemoryBytes: Int

    static var now: ProcessUsage {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let seconds = Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
        let microseconds = Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
        return ProcessUsage(
            cpuSeconds: seconds + microseconds / 1e6, peakMemoryBytes: usage.ru_maxrss * 1024)
    }
}
