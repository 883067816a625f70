import Synchronization

/// An actor that is reached through an ordered mailbox.
public protocol MailboxOwner: Actor {
    associatedtype Message: Sendable

    /// Handles one message, wholly, without awaiting anything.
    func handle(_ message: Message)
}

/// An ordered mailbox: a locked array and one draining task.
///
/// Messages are handled in the order of posting, one at a time, on the owner. A task per message
/// would not keep the order, and a stream per actor costs four times more.
public final class Mailbox<Owner: MailboxOwner>: Sendable {
    /// Beyond this many waiting messages new ones are refused: an owner that falls so far behind is
    /// broken or flooded, and memory must not follow.
    @inlinable public static var limit: Int { 16_384 }

    /// After so many messages the owner goes to the end of the line.
    @inlinable static var turn: Int { 128 }

    @usableFromInline struct Backlog {
        @usableFromInline var waiting: [Owner.Message] = []
        @usableFromInline var isDraining = false
        @usableFromInline var isClosed = false
        @usableFromInline var refused = 0
        @usableFromInline weak var owner: Owner?
        @usableFromInline var executor: (any TaskExecutor)?

        @inlinable init() {}
    }

    @usableFromInline let backlog = Mutex(Backlog())

    @inlinable public init() {}

    /// Binds the owner; called once from the owner's `init`, before anyone can post.
    ///
    /// The mailbox does not keep its owner alive: whoever made the owner does.
    ///
    /// - Parameter executor: where the owner handles its messages, see ``World/executor``.
    @inlinable public func bind(to owner: Owner, on executor: (any TaskExecutor)? = nil) {
        backlog.withLock {
            $0.owner = owner
            $0.executor = executor
        }
    }

    /// Posts a message. False where the mailbox is full or closed: the message is dropped.
    @inlinable @discardableResult
    public func post(_ message: Owner.Message) -> Bool {
        let (accepted, drainer, executor) = backlog.withLock {
            backlog -> (Bool, Owner?, (any TaskExecutor)?) in
            guard !backlog.isClosed, backlog.waiting.count < Self.limit, let owner = backlog.owner
            else {
                backlog.refused += 1
                return (false, nil, nil)
            }
            backlog.waiting.append(message)
            guard !backlog.isDraining else { return (true, nil, nil) }
            backlog.isDraining = true
            return (true, owner, backlog.executor)
        }
        if let drainer, let executor {
            Task(executorPreference: executor) { await drainer.drain(self) }
        } else if let drainer {
            Task { await drainer.drain(self) }
        }
        return accepted
    }

    /// Refuses all further messages and forgets the waiting ones.
    @inlinable public func close() {
        backlog.withLock {
            $0.isClosed = true
            $0.waiting = []
        }
    }

    /// How many messages wait: a figure for metrics.
    public var depth: Int { backlog.withLock { $0.waiting.count } }

    /// How many messages were refused since the start: a figure for metrics.
    public var refusedCount: Int { backlog.withLock { $0.refused } }

    @usableFromInline var executor: (any TaskExecutor)? { backlog.withLock { $0.executor } }

    /// Takes all that wait; an empty result ends the draining.
    @inlinable func take() -> [Owner.Message] {
        backlog.withLock { backlog in
            let taken = backlog.waiting
            backlog.waiting = []
            if taken.isEmpty { backlog.isDraining = false }
            return taken
        }
    }
}

extension MailboxOwner {
    /// An owner that never runs out of messages lets the others have their turn now and then: there
    /// are no more threads than processors.
    @inlinable func drain(_ mailbox: Mailbox<Self>) {
        var handled = 0
        while handled < Mailbox<Self>.turn {
            let messages = mailbox.take()
            if messages.isEmpty { return }
            for message in messages { handle(message) }
            handled += messages.count
        }
        if let executor = mailbox.executor {
            Task(executorPreference: executor) { await self.drain(mailbox) }
        } else {
            Task { drain(mailbox) }
        }
    }
}
