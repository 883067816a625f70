/// What an Opus payload tells without being decoded (RFC 6716).
enum OpusPayload {
    /// True where it holds a copy of the payload before it (LBRR, RFC 6716 §4.2.4): its first frame says
    /// so in its first bits, after one bit for each 20 ms that says whether somebody speaks.
    ///
    /// Payloads of several frames with a length each (§3.2.5) are taken for ones without.
    static func hasCopy(_ payload: Span<UInt8>) -> Bool {
        guard payload.count > 1 else { return false }
        let configuration = payload[0] >> 3
        let start: Int
        switch payload[0] & 3 {
        case 0, 1: start = 1
        // One byte or two say how long the first frame is (§3.2.1).
        case 2: start = payload[1] < 252 ? 2 : 3
        default: return false
        }
        // From 16 on it is music's layer alone, which knows no copies (§3.1, table 2).
        guard configuration < 16, start < payload.count else { return false }
        let spans: UInt8
        switch configuration < 12 ? configuration & 3 : configuration & 1 {
        case 2: spans = 2
        case 3: spans = 3
        default: spans = 1
        }
        let bits = payload[start]
        if bits >> (7 - spans) & 1 == 1 { return true }
        let isStereo = payload[0] & 4 != 0
        return isStereo && bits >> (6 - 2 * spans) & 1 == 1
    }
}
