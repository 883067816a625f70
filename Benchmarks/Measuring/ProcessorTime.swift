import Glibc

/// Ends the benchmark with a line on standard error.
public func fail(_ text: String) -> Never {
    let line = Array((text + "\n").utf8)
    _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    exit(1)
}

/// Nanoseconds that the threads whose names begin so have had of the processors.
///
/// - Parameter process: its number; `self` for this one.
public func processorTime(ofThreads prefix: String, of process: String = "self") -> Int64 {
    guard let folder = opendir("/proc/\(process)/task") else { fail("no process \(process)") }
    defer { closedir(folder) }
    var sum: Int64 = 0
    while let entry = readdir(folder) {
        let name = withUnsafeBytes(of: entry.pointee.d_name) {
            String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        let task = "/proc/\(process)/task/\(name)"
        guard text(of: "\(task)/comm").hasPrefix(prefix) else { continue }
        // The first number is the time on processors (Documentation/scheduler/sched-stats).
        let time = text(of: "\(task)/schedstat").split(separator: " ").first
        sum += time.flatMap { Int64($0) } ?? 0
    }
    return sum
}

/// A small file, 4 kB at most; empty where it cannot be read.
public func text(of file: String) -> String {
    let descriptor = open(file, O_RDONLY)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 4_096)
    let count = read(descriptor, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
}
