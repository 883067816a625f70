import Foundation
import Glibc
import PlatformLinux
import Synchronization
import Testing

/// A folder that is gone with its owner.
private final class ControlFolder: Sendable {
    let path: String

    init() throws {
        let name = "strowger-control-\(UInt64.random(in: 0 ... .max))"
        path = FileManager.default.temporaryDirectory.appendingPathComponent(name).path
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }
}

@Suite struct ControlSocketTests {
    private let folder: ControlFolder
    private var path: String { folder.file("control.sock") }

    init() throws { folder = try ControlFolder() }

    /// Answers each line with itself in capitals.
    private func loud() async throws(ControlError) -> ControlSocket {
        try await ControlSocket(path: path) { request, reply in
            reply(Array(String(decoding: request, as: UTF8.self).uppercased().utf8))
        }
    }

    private func ask(_ connection: ControlConnection, _ text: String) throws(ControlError) -> String
    {
        String(decoding: try connection.ask(Array(text.utf8), timeout: .seconds(20)), as: UTF8.self)
    }

    /// A socket that was bound, or connected, to the path by hand.
    private func rawSocket(
        _ call: (Int32, UnsafePointer<sockaddr>?, socklen_t) -> Int32
    ) throws -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let result = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                call(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(result == 0)
        return descriptor
    }

    @Test func `requests are answered in order, many on one connection and on several`()
        async throws
    {
        let socket = try await loud()
        let one = try ControlConnection(path: path)
        let two = try ControlConnection(path: path)
        for index in 0..<100 {
            #expect(try ask(one, "one \(index)") == "ONE \(index)")
            #expect(try ask(two, "two \(index)") == "TWO \(index)")
        }
        await socket.shutdown()
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func `megabytes travel both ways`() async throws {
        let socket = try await loud()
        let connection = try ControlConnection(path: path)
        let text = String(repeating: "x", count: 4 << 20)
        #expect(try ask(connection, text) == text.uppercased())
        await socket.shutdown()
    }

    @Test func `only the owner may open the socket`() async throws {
        let socket = try await loud()
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        await socket.shutdown()
    }

    @Test func `a second daemon is refused, a dead one's socket is taken over`() async throws {
        let socket = try await loud()
        await #expect(throws: ControlError.inUse(path)) { try await loud() }
        await socket.shutdown()

        // What a killed daemon leaves: a bound socket that nobody listens at.
        let descriptor = try rawSocket(bind)
        #expect(throws: ControlError.notRunning(path)) { try ControlConnection(path: path) }
        let next = try await loud()
        #expect(try ask(try ControlConnection(path: path), "hi") == "HI")
        await next.shutdown()
        close(descriptor)
    }

    @Test func `a file that is no socket is left alone`() async throws {
        try Data("precious".utf8).write(to: URL(fileURLWithPath: path))
        await #expect(throws: ControlError.notASocket(path)) { try await loud() }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
    }

    @Test func `without a socket nobody is running, and a path may be too long`() {
        #expect(throws: ControlError.notRunning(path)) { try ControlConnection(path: path) }
        let long = folder.file(String(repeating: "x", count: 120))
        #expect(throws: ControlError.pathTooLong(long)) { try ControlConnection(path: long) }
    }

    @Test func `one that never listens to its answer, and one that never asks, delay nobody`()
        async throws
    {
        let socket = try await ControlSocket(path: path) { request, reply in
            reply(request.count > 3 ? request : [UInt8](repeating: 120, count: 8 << 20))
        }
        let silent = try ControlConnection(path: path)
        // Its answer is far more than a socket holds, and it reads none of it.
        let deaf = try rawSocket(connect)
        #expect(send(deaf, "?\n", 2, 0) == 2)
        #expect(try ask(try ControlConnection(path: path), "hello") == "hello")
        await socket.shutdown()
        withExtendedLifetime(silent) {}
        close(deaf)
    }

    @Test func `a line beyond the limit ends that conversation only`() async throws {
        let socket = try await loud()
        let connection = try ControlConnection(path: path)
        let line = [UInt8](repeating: 120, count: ControlSocket.requestLimit)
        #expect(throws: ControlError.requestTooLong) { try connection.ask(line) }
        // Written past the tool's own check: it is cut off long before it ends.
        let rude = try rawSocket(connect)
        let sent = (0..<8).prefix { _ in
            send(rude, line, line.count, Int32(MSG_NOSIGNAL)) == line.count
        }
        #expect(sent.count < 3)
        close(rude)
        #expect(try ask(try ControlConnection(path: path), "hello") == "HELLO")
        await socket.shutdown()
    }

    @Test func `an answer may come later, from another thread`() async throws {
        let waiting = Mutex<[@Sendable ([UInt8]) -> Void]>([])
        let socket = try await ControlSocket(path: path) { _, reply in
            waiting.withLock { $0.append(reply) }
            DispatchQueue.global().async {
                for reply in waiting.withLock({ $0 }) { reply([104, 105]) }
            }
        }
        #expect(try ask(try ControlConnection(path: path), "?") == "hi")
        await socket.shutdown()
    }
}
