/// The body that lights a message-waiting lamp: `application/simple-message-summary` (RFC 3842 §5).
public struct MessageSummary: Sendable, Equatable {
    /// Counts of one kind of message.
    public struct Count: Sendable, Equatable {
        /// `Voice-Message`, `Fax-Message`, `Text-Message`, …
        public var kind: String
        public var new: UInt32
        public var old: UInt32
        /// Of these the urgent ones, where they are said.
        public var urgentNew: UInt32?
        public var urgentOld: UInt32?

        public init(
            kind: String, new: UInt32, old: UInt32, urgentNew: UInt32? = nil,
            urgentOld: UInt32? = nil
        ) {
            self.kind = kind
            self.new = new
            self.old = old
            self.urgentNew = urgentNew
            self.urgentOld = urgentOld
        }
    }

    public var isWaiting: Bool
    /// Whose messages these are, as a URI.
    public var account: String?
    public var counts: [Count]

    public init(isWaiting: Bool, account: String? = nil, counts: [Count] = []) {
        self.isWaiting = isWaiting
        self.account = account
        self.counts = counts
    }

    /// Reads a body; what follows an empty line (headers of single messages) is left out.
    public init(parsing body: [UInt8]) throws(FieldError) {
        var reader = FieldReader(body)
        guard equalIgnoringCase(try reader.token(), "Messages-Waiting"),
            reader.takeSpaced(UInt8(ascii: ":"))
        else { throw reader.failure(.expectedToken) }
        self.init(isWaiting: equalIgnoringCase(try reader.token(), "yes"))
        while reader.takeLineEnd(), !reader.isAtEnd, reader.peek != 13, reader.peek != 10 {
            let name = try reader.token()
            guard reader.takeSpaced(UInt8(ascii: ":")) else {
                throw reader.failure(.expected(UInt8(ascii: ":")))
            }
            if equalIgnoringCase(name, "Message-Account") {
                account = reader.text(reader.runToLineEnd())
            } else {
                guard counts.count < MessageLimits.listLength else {
                    throw reader.failure(.tooManyElements)
                }
                counts.append(try reader.messageCount(of: name))
            }
        }
    }

    public func encoded() -> [UInt8] {
        var writer = FieldWriter()
        writer.write("Messages-Waiting: \(isWaiting ? "yes" : "no")\r\n")
        if let account {
            writer.write("Message-Account: ")
            writer.writeLine(account)
            writer.write("\r\n")
        }
        for count in counts {
            writer.write("\(count.kind): \(count.new)/\(count.old)")
            if let urgentNew = count.urgentNew, let urgentOld = count.urgentOld {
                writer.write(" (\(urgentNew)/\(urgentOld))")
            }
            writer.write("\r\n")
        }
        return writer.bytes
    }
}

extension FieldReader {
    fileprivate mutating func takeLineEnd() -> Bool {
        _ = take(13)
        return take(10)
    }

    fileprivate mutating func runToLineEnd() -> Range<Int> {
        let first = position
        while position < end, bytes[position] != 13, bytes[position] != 10 { position += 1 }
        return first..<position
    }

    /// `new/old [ "(" new/old ")" ]`.
    fileprivate mutating func messageCount(
        of kind: String
    ) throws(FieldError) -> MessageSummary.Count {
        let (new, old) = try countPair()
        var count = MessageSummary.Count(kind: kind, new: new, old: old)
        while peek == 32 { advance() }
        if take(UInt8(ascii: "(")) {
            (count.urgentNew, count.urgentOld) = try countPair()
            try expect(UInt8(ascii: ")"))
        }
        while peek == 32 { advance() }
        return count
    }

    private mutating func countPair() throws(FieldError) -> (UInt32, UInt32) {
        let new = UInt32(truncatingIfNeeded: try number())
        try expect(UInt8(ascii: "/"))
        return (new, UInt32(truncatingIfNeeded: try number()))
    }
}
