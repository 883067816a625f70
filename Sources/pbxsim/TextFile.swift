import ArgumentParser
import Foundation
import Glibc

/// A text file that is written line by line.
final class TextFile: @unchecked Sendable {
    // Written by one thread alone.
    private let file: UnsafeMutablePointer<FILE>

    init(path: String) throws {
        guard let file = fopen(path, "w") else {
            throw ValidationError("The file \(path) cannot be written.")
        }
        self.file = file
    }

    @Sendable func writeLine(_ line: String) {
        fputs(line, file)
        fputs("\n", file)
    }

    func close() {
        fclose(file)
    }

    static func write(_ text: String, to path: String) throws {
        let file = try TextFile(path: path)
        file.writeLine(text)
        file.close()
    }
}

/// Writes a line to the standard error stream.
func tell(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
}

/// Writes a line to the standard output stream at once, also where that is a pipe.
func say(_ line: String) {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
}
