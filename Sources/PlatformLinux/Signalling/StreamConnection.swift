import NIOCore
import NIOSSL
import NIOTLS
import Platform

/// One TCP or TLS connection on its event loop: turns what NIO tells into network events.
///
/// An outgoing one that never got as far as TCP is reported by whoever asked NIO for it: NIO tells
/// the reason only there.
///
/// ```
///  .rising ──(TCP up, TLS handshake done)──▶ .open ──▶ .gone
///     └──────────(failed, too slow)─────────────────────▶
/// ```
final class StreamConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private enum State {
        case rising
        case open(Flow)
        case gone
    }

    private let transport: TransportKind
    private let listener: UInt16?
    private let attempt: ConnectionAttempt?
    /// Whom the other side must be certified for.
    private let name: String?
    private let network: StreamNetwork
    private var place: ConnectionPlace?
    private var state = State.rising
    private var watch = FirstMessageWatch()
    private var limit: Scheduled<Void>?
    private var lastError: String?
    private var isTCPUp = false

    /// An accepted connection.
    init(
        transport: TransportKind, listener: UInt16, place: ConnectionPlace, network: StreamNetwork
    ) {
        self.transport = transport
        self.listener = listener
        self.place = place
        self.network = network
        attempt = nil
        name = nil
    }

    /// An outgoing connection.
    init(
        transport: TransportKind, attempt: ConnectionAttempt, certifiedFor name: String?,
        network: StreamNetwork
    ) {
        self.transport = transport
        self.attempt = attempt
        self.name = name
        self.network = network
        listener = nil
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let limits = network.limits
        let timeout = attempt == nil ? limits.firstMessageTimeout : limits.connectTimeout
        limit = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(timeout)) {
            self.lastError = "it took too long"
            if self.attempt == nil { self.network.count.connectionsIdle.increment() }
            context.close(promise: nil)
        }
        if context.channel.isActive { channelActive(context: context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        isTCPUp = true
        if transport == .tcp { rise(context.channel) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted? = event as? TLSUserEvent {
            do {
                try checkName(context)
                rise(context.channel)
            } catch {
                errorCaught(context: context, error: error)
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = [UInt8](unwrapInboundIn(data).readableBytesView)
        guard case .open(let flow) = state, !bytes.isEmpty else { return }
        if attempt == nil && !watch.hasSeenMessage {
            watch.look(at: bytes)
            if watch.hasSeenMessage { limit?.cancel() }
        }
        network.sink.receive(.received(bytes, on: flow, at: network.time.now))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        lastError = streamErrorText(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        fall()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        fall()
    }

    /// An authority's signature alone says only that the other side is somebody.
    private func checkName(_ context: ChannelHandlerContext) throws {
        guard let name else { return }
        let handler = try context.pipeline.syncOperations.handler(type: NIOSSLClientHandler.self)
        let names = handler.peerCertificate.map(CertificateNames.init) ?? CertificateNames()
        guard names.cover(name) else { throw WrongName(wanted: name, found: names) }
    }

    private func rise(_ channel: any Channel) {
        guard case .rising = state else { return }
        guard let flow = network.enter(channel, transport: transport, listener: listener) else {
            channel.close(promise: nil)
            return
        }
        state = .open(flow)
        if attempt != nil { limit?.cancel() }
        network.sink.receive(.opened(flow, attempt: attempt))
    }

    private func fall() {
        limit?.cancel()
        limit = nil
        place = nil
        switch state {
        case .rising:
            if let attempt, isTCPUp {
                let reason = lastError ?? "the other side closed the connection"
                network.sink.receive(.refused(attempt, reason: reason))
            }
        case .open(let flow):
            network.leave(flow)
            network.sink.receive(.closed(flow))
        case .gone:
            return
        }
        state = .gone
    }
}
