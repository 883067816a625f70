import Platform

/// Everything that is known of one call: what `pbxctl call show` tells.
///
/// No bodies, credentials, digits or audio.
public struct CallStory: Hashable, Sendable, Codable {
    /// A message, or a moment of the call.
    public struct Line: Hashable, Sendable, Codable {
        public enum Kind: String, Hashable, Sendable, Codable {
            /// By the exchange, to that leg's phone.
            case sent
            case received
            /// No message: something was decided, or seen.
            case noted
        }

        public var instant: Instant
        /// Which leg, from 0, the caller's; nil where it is about the call.
        public var leg: Int?
        public var kind: Kind
        /// A method, or what happened.
        public var text: String
        /// Of a response.
        public var status: Int?
        /// CSeq's number.
        public var sequence: UInt32?

        public init(
            instant: Instant, leg: Int?, kind: Kind, text: String, status: Int? = nil,
            sequence: UInt32? = nil
        ) {
            self.instant = instant
            self.leg = leg
            self.kind = kind
            self.text = text
            self.status = status
            self.sequence = sequence
        }

        /// `INVITE 1`, `200 INVITE 1`.
        public var label: String {
            (status.map { "\($0) " } ?? "") + text + (sequence.map { " \($0)" } ?? "")
        }
    }

    /// Lines of one call that are kept; the later ones are counted. A call of an hour with a session
    /// timer has some 200.
    public static var lineLimit: Int { 400 }

    public var record: CallRecord
    /// In the order of their numbers.
    public var legs: [CallLegRecord]
    public var lines: [Line]
    /// Lines beyond the limit.
    public var omittedCount: Int

    public init(
        record: CallRecord, legs: [CallLegRecord], lines: [Line], omittedCount: Int = 0
    ) {
        self.record = record
        self.legs = legs
        self.lines = lines
        self.omittedCount = omittedCount
    }

    /// About as many bytes as it takes in memory.
    var weight: Int { 600 + legs.count * 600 + lines.count * MemoryLayout<Line>.stride }
}
