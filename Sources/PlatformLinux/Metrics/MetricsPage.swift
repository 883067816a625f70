import NIOCore
import NIOPosix
import Platform

/// Serves one page of figures by HTTP, for Prometheus and whoever reads its text form.
///
/// Meant for this machine or a closed network: there is no TLS and no password, and nothing to
/// change. A thread of its own; few connections at a time, each closed after its answer.
public final class MetricsPage: Sendable {
    /// Connections at a time; a further one is closed at once.
    static var connectionLimit: Int { 16 }
    /// Who says nothing for so long is closed.
    static var patience: TimeAmount { .seconds(10) }

    private let group: MultiThreadedEventLoopGroup
    private let channel: any Channel

    /// Where it is served.
    public var address: Platform.SocketAddress? {
        Platform.SocketAddress(channel.localAddress)
    }

    /// - Parameter compose: makes the page's text; calls its argument once, from any thread.
    public init(
        at address: Platform.SocketAddress,
        compose: @escaping @Sendable (@escaping @Sendable (String) -> Void) -> Void
    ) async throws(SignallingError) {
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            channel = try await ServerBootstrap(group: group)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        try pipeline.addHandler(IdleStateHandler(allTimeout: Self.patience))
                        try pipeline.addHandler(MetricsAnswer(compose: compose))
                    }
                }
                .serverChannelOption(.backlog, value: Int32(Self.connectionLimit))
                .bind(to: address.forNIO).get()
        } catch {
            let code = (error as? IOError)?.errnoCode ?? 22
            throw SignallingError(bindCode: code, address, .tcp)
        }
    }

    public func shutdown() async {
        try? await channel.close().get()
        try? await group.shutdownGracefully()
    }
}

/// Answers the one request of a connection: of HTTP no more than a GET with a path, and what comes
/// after the header section is not read.
private final class MetricsAnswer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Bytes of the longest request; one that is longer is closed.
    private static var longestRequest: Int { 8192 }

    private let compose: @Sendable (@escaping @Sendable (String) -> Void) -> Void
    private var request: [UInt8] = []
    private var isAnswered = false

    init(compose: @escaping @Sendable (@escaping @Sendable (String) -> Void) -> Void) {
        self.compose = compose
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isAnswered else { return }
        request += unwrapInboundIn(data).readableBytesView
        guard request.count <= Self.longestRequest else { return context.close(promise: nil) }
        guard String(decoding: request, as: UTF8.self).contains("\r\n\r\n") else { return }
        isAnswered = true
        let channel = context.channel
        let words = request.prefix { $0 != 13 }.split(separator: 32)
        guard words.count == 3, words[0].elementsEqual("GET".utf8) else {
            return Self.answer(channel, "405 Method Not Allowed", "only GET\n")
        }
        guard words[1].prefix(while: { $0 != UInt8(ascii: "?") }).elementsEqual("/metrics".utf8)
        else {
            return Self.answer(channel, "404 Not Found", "see /metrics\n")
        }
        compose { text in
            channel.eventLoop.execute { Self.answer(channel, "200 OK", text) }
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private static func answer(_ channel: any Channel, _ status: String, _ text: String) {
        let head =
            "HTTP/1.1 \(status)\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
            + "Content-Length: \(text.utf8.count)\r\nConnection: close\r\n\r\n"
        let answer = channel.allocator.buffer(string: head + text)
        channel.writeAndFlush(answer).whenComplete { _ in channel.close(promise: nil) }
    }
}
