/// Why a transaction ended without what it was for.
public enum TransactionFailure: Hashable, Sendable, Codable {
    /// No final response in time (timers B and F), no ACK in time (H and L), or no answer of ours.
    case timeout
    /// The message did not leave.
    case transport(TransportFailure)

    /// The status that stands for it (RFC 3261 §8.1.3.1).
    public var status: Status {
        switch self {
        case .timeout: .requestTimeout
        case .transport: .serviceUnavailable
        }
    }
}

/// What kept a message from leaving.
public enum TransportFailure: String, Hashable, Sendable, Codable {
    /// No listener of ours reaches that address.
    case unreachable
    /// The stream could not be made.
    case refused
    /// The stream is gone.
    case closed
    /// The network gave it back: an ICMP error, a full queue.
    case sendFailed
    /// A table or mailbox of ours is full.
    case overloaded
    /// The stack was shut down.
    case stopped
}

extension TransactionFailure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .timeout: "timeout"
        case .transport(let failure): "transport: \(failure.rawValue)"
        }
    }
}
