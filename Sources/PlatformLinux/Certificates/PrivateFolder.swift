import Glibc

/// Files that hold keys: read whole, written so that a crash leaves the old or the new one.
enum PrivateFolder {
    /// A certificate chain is a few kilobytes; a file beyond this is the wrong file.
    static var sizeLimit: Int { 1 << 20 }

    static func holds(_ file: String) -> Bool {
        access(file, F_OK) == 0
    }

    /// Makes the folder where it is not there; its parent must be.
    static func prepare(_ folder: String) throws(CertificateError) {
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
            throw .unwritable(file: folder, code: errno)
        }
    }

    /// The whole file, and whether others than its owner may read it.
    static func read(_ file: String) throws(CertificateError) -> (bytes: [UInt8], isExposed: Bool) {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(file: file, code: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .unreadable(file: file, code: errno) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = Glibc.read(descriptor, &part, part.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .unreadable(file: file, code: errno) }
            if count == 0 { break }
            bytes += part[..<count]
            guard bytes.count <= sizeLimit else { throw .unreadable(file: file, code: EFBIG) }
        }
        return (bytes, status.st_mode & 0o044 != 0)
    }

    /// Replaces the file in one step.
    static func write(_ bytes: [UInt8], to file: String, mode: mode_t) throws(CertificateError) {
        let part = "\(file).new"
        unlink(part)
        let descriptor = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw .unwritable(file: file, code: errno) }
        var failure: Int32 = 0
        var written = 0
        while written < bytes.count && failure == 0 {
            let count = bytes[written...].withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count > 0 { written += count } else if errno != EINTR { failure = errno }
        }
        if failure == 0 && fsync(descriptor) != 0 { failure = errno }
        close(descriptor)
        if failure == 0 && rename(part, file) != 0 { failure = errno }
        guard failure == 0 else {
            unlink(part)
            throw .unwritable(file: file, code: failure)
        }
    }
}
