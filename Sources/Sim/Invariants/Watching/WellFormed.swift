import SIPStack

/// Whether bytes are a request that the stack owes an answer: the glance takes more than the parser.
enum WellFormed {
    static func isResponse(_ bytes: [UInt8]) -> Bool {
        var parser = MessageParser()
        guard case .response = parser.parse(bytes, framing: .datagram) else { return false }
        return true
    }

    static func isRequest(_ bytes: [UInt8]) -> Bool {
        var parser = MessageParser()
        guard case .request(let request) = parser.parse(bytes, framing: .datagram) else {
            return false
        }
        return request.vias.first?.hasMagicCookie ?? false
    }
}
