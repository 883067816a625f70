import NIOCore
import Synchronization

/// How many conversations there are.
final class ControlCensus: Sendable {
    private let limit: Int
    private let count = Atomic<Int>(0)

    init(limit: Int) { self.limit = limit }

    /// False where the limit is reached.
    func enter() -> Bool {
        let (_, now) = count.add(1, ordering: .relaxed)
        if now > limit { leave() }
        return now <= limit
    }

    func leave() { count.subtract(1, ordering: .relaxed) }
}

/// One conversation: gathers lines, has each answered before the next is looked at, and reads no
/// further while an answer is due, so that a tool that asks without listening fills its own socket
/// and nothing here.
final class ControlLines: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let answer: ControlSocket.Answer
    private var gathered = ByteBuffer()
    /// How many gathered bytes hold no line end.
    private var searched = 0
    private var isAnswering = false
    private var isInputOver = false

    init(answer: @escaping ControlSocket.Answer) {
        self.answer = answer
    }

    func channelActive(context: ChannelHandlerContext) {
        // Nothing is read unasked: see the bootstrap.
        context.read()
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        gathered.writeBuffer(&bytes)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        answerNext(context)
        context.fireChannelReadComplete()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent {
            context.close(promise: nil)
        } else if let event = event as? ChannelEvent, event == .inputClosed {
            isInputOver = true
            if !isAnswering { context.close(promise: nil) }
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func answerNext(_ context: ChannelHandlerContext) {
        guard !isAnswering else { return }
        guard let line = nextLine() else {
            if gathered.readableBytes > ControlSocket.requestLimit || isInputOver {
                context.close(promise: nil)
            } else {
                context.read()
            }
            return
        }
        isAnswering = true
        let bound = NIOLoopBound((lines: self, context: context), eventLoop: context.eventLoop)
        let eventLoop = context.eventLoop
        answer(line) { reply in
            eventLoop.execute { bound.value.lines.send(reply, bound.value.context) }
        }
    }

    private func nextLine() -> [UInt8]? {
        let view = gathered.readableBytesView
        guard let end = view.dropFirst(searched).firstIndex(of: 10) else {
            searched = gathered.readableBytes
            return nil
        }
        let length = end - view.startIndex
        searched = 0
        guard let line = gathered.readBytes(length: length) else { return nil }
        gathered.moveReaderIndex(forwardBy: 1)
        gathered.discardReadBytes()
        return line
    }

    private func send(_ reply: [UInt8], _ context: ChannelHandlerContext) {
        guard isAnswering, context.channel.isActive else { return }
        var buffer = context.channel.allocator.buffer(capacity: reply.count + 1)
        buffer.writeBytes(reply)
        buffer.writeInteger(UInt8(10))
        let written = context.eventLoop.makePromise(of: Void.self)
        let patience = context.eventLoop.scheduleTask(in: ControlSocket.writeTimeout) {
            written.fail(ChannelError.writeHostUnreachable)
        }
        let bound = NIOLoopBound((lines: self, context: context), eventLoop: context.eventLoop)
        written.futureResult.whenComplete { outcome in
            patience.cancel()
            let (lines, context) = bound.value
            lines.isAnswering = false
            switch outcome {
            case .success: lines.answerNext(context)
            case .failure: context.close(promise: nil)
            }
        }
        context.writeAndFlush(wrapOutboundOut(buffer), promise: written)
    }
}
