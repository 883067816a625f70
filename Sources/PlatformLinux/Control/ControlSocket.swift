import Glibc
import NIOCore
import NIOPosix

/// Where administrators' tools reach the running daemon: a Unix socket that only its owner may open,
/// one request a line, one answer a line, in order.
///
/// What the lines say is the caller's: this knows bytes only. It has a thread of its own, so that a
/// tool that hangs or asks for much delays no call.
public final class ControlSocket: Sendable {
    /// A CSV file of 100,000 extensions fits; a longer line ends the conversation.
    public static var requestLimit: Int { 16 << 20 }
    /// Tools are few: beyond this many at once new ones are turned away.
    static var connectionLimit: Int { 32 }
    /// A tool that takes nothing of its answer for this long is gone.
    static var writeTimeout: TimeAmount { .seconds(30) }
    /// A tool that says nothing for this long is gone.
    static var idleTimeout: TimeAmount { .minutes(10) }

    /// Answers one request by calling `reply` once, from any thread, now or later.
    public typealias Answer =
        @Sendable (_ request: [UInt8], _ reply: @escaping @Sendable ([UInt8]) -> Void) -> Void

    public let path: String
    private let group: MultiThreadedEventLoopGroup
    private let listener: any Channel
    private let listenerIdentity: FileIdentity?

    /// Takes the path, from a dead socket too, and answers from now on.
    public init(path: String, answer: @escaping Answer) async throws(ControlError) {
        let descriptor = try Self.bind(path)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let census = ControlCensus(limit: Self.connectionLimit)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 16)
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard census.enter() else { throw ControlError.inUse(path) }
                    channel.closeFuture.whenComplete { _ in census.leave() }
                    try channel.pipeline.syncOperations.addHandlers([
                        IdleStateHandler(
                            writeTimeout: nil, allTimeout: Self.idleTimeout),
                        ControlLines(answer: answer),
                    ])
                }
            }
        do {
            listener = try await bootstrap.withBoundSocket(descriptor).get()
        } catch {
            // The descriptor is closed by the bootstrap that failed.
            unlink(path)
            group.shutdownGracefully { _ in }
            throw .system(path, code: (error as? IOError)?.errnoCode ?? EIO)
        }
        self.path = path
        self.group = group
        listenerIdentity = FileIdentity(path: path)
    }

    /// Stops answering, ends all conversations and removes the socket, unless another took its path.
    public func shutdown() async {
        try? await listener.close()
        try? await group.shutdownGracefully()
        if listenerIdentity != nil && FileIdentity(path: path) == listenerIdentity { unlink(path) }
    }

    private static func bind(_ path: String) throws(ControlError) -> Int32 {
        let address = try ControlAddress(path: path)
        try removeDeadSocket(path, address)
        let descriptor = try address.openSocket()
        // Before bind: the file is born with these rights, so that there is no moment in which
        // others may open it.
        fchmod(descriptor, 0o600)
        let code = address.bind(descriptor)
        guard code == 0 else {
            close(descriptor)
            switch code {
            case EADDRINUSE: throw .inUse(path)
            case EACCES, EPERM, EROFS: throw .permission(path)
            default: throw .system(path, code: code)
            }
        }
        return descriptor
    }

    /// A socket file outlives a daemon that was killed; nobody answers there.
    private static func removeDeadSocket(
        _ path: String, _ address: ControlAddress
    ) throws(ControlError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket(path) }
        let descriptor = try address.openSocket()
        defer { close(descriptor) }
        switch address.connect(descriptor) {
        case ECONNREFUSED: unlink(path)
        case EACCES, EPERM: throw .permission(path)
        case ENOENT: return
        default: throw .inUse(path)
        }
    }
}

/// Which file a path names.
private struct FileIdentity: Equatable, Sendable {
    var device: UInt64
    var inode: UInt64

    init?(path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
    }
}
