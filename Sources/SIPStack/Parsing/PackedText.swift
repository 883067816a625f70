/// Short text as a number, its first byte in the lowest place, small letters: compared at once
/// with eight bytes of a message.
enum PackedText {
    /// `tag`
    static var tag: UInt64 { 0x0000_0000_0067_6174 }
    /// `branch`
    static var branch: UInt64 { 0x0000_6863_6E61_7262 }
    /// `received`
    static var received: UInt64 { 0x6465_7669_6563_6572 }
    /// `rport`
    static var rport: UInt64 { 0x0000_0074_726F_7072 }
    /// `expires`
    static var expires: UInt64 { 0x0073_6572_6970_7865 }
    /// `nc`
    static var nonceCount: UInt64 { 0x0000_0000_0000_636E }
    /// `uri`
    static var uri: UInt64 { 0x0000_0000_0069_7275 }
    /// `qop`
    static var qop: UInt64 { 0x0000_0000_0070_6F71 }
    /// `realm`
    static var realm: UInt64 { 0x0000_006D_6C61_6572 }
    /// `nonce`
    static var nonce: UInt64 { 0x0000_0065_636E_6F6E }
    /// `cnonce`
    static var clientNonce: UInt64 { 0x0000_6563_6E6F_6E63 }
    /// `username`
    static var username: UInt64 { 0x656D_616E_7265_7375 }
    /// `response`
    static var response: UInt64 { 0x6573_6E6F_7073_6572 }
    /// `sip/`
    static var sip: UInt64 { 0x0000_0000_2F70_6973 }
    /// `digest`
    static var digest: UInt64 { 0x0000_7473_6567_6964 }
    /// `SIP/2.0` and a space, in capitals.
    static var versionAndSpace: UInt64 { 0x2030_2E32_2F50_4953 }
    /// `SIP/2.0/`, in capitals.
    static var versionAndSlash: UInt64 { 0x2F30_2E32_2F50_4953 }

    /// A name of a message as such a number; 0 for one longer than eight bytes.
    @inline(__always)
    static func pack(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> UInt64 {
        let length = end &- start
        guard length > 0, length <= 8 else { return 0 }
        if start &+ 8 <= bytes.count {
            let word = load8(bytes, start) | 0x2020_2020_2020_2020
            return word & (~0 &>> UInt64(truncatingIfNeeded: 64 &- 8 &* length))
        }
        var word: UInt64 = 0
        var index = end
        while index > start {
            index &-= 1
            word = word &<< 8 | UInt64(bytes[index] | 0x20)
        }
        return word
    }
}
