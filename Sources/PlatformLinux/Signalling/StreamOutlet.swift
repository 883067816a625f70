import NIOCore
import Platform
import Synchronization

/// The sending side of one stream connection, used from any thread.
final class StreamOutlet: Sendable {
    let flow: Flow
    private let channel: any Channel
    private let sink: any NetworkSink
    private let limits: SignallingLimits
    private let count: SignallingCount
    /// Bytes that were given and have not left.
    private let unsent = Atomic(0)
    /// Set by the first failure: the sink is told once.
    private let hasFailed = Atomic(false)

    init(
        flow: Flow, channel: any Channel, sink: any NetworkSink, limits: SignallingLimits,
        count: SignallingCount
    ) {
        self.flow = flow
        self.channel = channel
        self.sink = sink
        self.limits = limits
        self.count = count
    }

    /// Resolves when the connection is gone.
    var whenGone: EventLoopFuture<Void> { channel.closeFuture }

    func send(_ bytes: [UInt8]) {
        guard !hasFailed.load(ordering: .relaxed) else { return }
        let waiting = unsent.add(bytes.count, ordering: .relaxed).newValue
        guard waiting <= limits.unsentBytes else {
            // What waits already is lost as well: the stream can't be resumed behind a gap.
            channel.eventLoop.execute { [self] in
                if fail("the other side reads too slowly") {
                    count.connectionsOverflowed.increment()
                }
                channel.close(promise: nil)
            }
            return
        }
        let buffer = channel.allocator.buffer(bytes: bytes)
        channel.writeAndFlush(buffer).whenComplete { [self] result in
            unsent.subtract(bytes.count, ordering: .relaxed)
            if case .failure(let error) = result { fail(streamErrorText(error)) }
        }
    }

    /// Closes after what was given before, or when that takes too long.
    func close() {
        let limit = channel.eventLoop.scheduleTask(in: TimeAmount(limits.lingerTimeout)) {
            [channel] in channel.close(promise: nil)
        }
        channel.closeFuture.whenComplete { _ in limit.cancel() }
        channel.writeAndFlush(ByteBuffer()).whenComplete { [channel] _ in
            channel.close(promise: nil)
        }
    }

    /// Tells the sink, on the connection's event loop. False where it was told before.
    @discardableResult
    private func fail(_ reason: String) -> Bool {
        guard !hasFailed.exchange(true, ordering: .relaxed) else { return false }
        sink.receive(.sendFailed(flow, reason: reason))
        return true
    }
}
