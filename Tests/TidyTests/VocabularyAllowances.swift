extension VocabularyRule {
    private static let sip = ["Sources/SIPStack/", "Tests/SIPStackTests/", "Fuzz/"]
    private static let media = ["Sources/Media/", "Tests/MediaTests/"]
    private static let linux = ["Sources/PlatformLinux/", "Tests/PlatformLinuxTests/"]

    /// Protocol words and names that libraries impose.
    static let allowances: [Allowance] = [
        Allowance(
            word: "user", phrases: [["user", "agent"]],
            reason: "the field User-Agent, RFC 3261 §20.41"),
        Allowance(
            word: "user", places: sip,
            reason: "the user part and parameter of a SIP URI, RFC 3261 §19.1.1"),
        Allowance(word: "user", places: media, reason: "the user name of SDP's o= line, RFC 8866"),
        Allowance(
            word: "info", phrases: [["info"]], places: sip,
            reason: "the method INFO, RFC 6086, and Call-Info, Alert-Info, Error-Info and more"),
        Allowance(
            word: "info", phrases: [["info"]], places: ["Sources/Sim/Ladder/MessageGlance.swift"],
            reason: "the method INFO, RFC 6086"),
        Allowance(
            word: "info", places: ["Sources/Platform/Recorder.swift", "Sources/Settings/"],
            reason: "the level of a log line, as swift-log names it"),
        Allowance(
            word: "service", phrases: [["service", "route"]],
            reason: "the field Service-Route, RFC 3608"),
        Allowance(
            word: "service", phrases: [["service", "unavailable"]],
            reason: "the status 503, RFC 3261 §21.5.4"),
        Allowance(
            word: "service", phrases: [["service", "not", "supported"]], places: sip,
            reason: "the status 555, RFC 8599 §8.1"),
        Allowance(
            word: "gateway", phrases: [["bad", "gateway"]], places: sip,
            reason: "the status 502, RFC 3261 §21.5.3"),
        Allowance(
            word: "service", phrases: [["alternative", "service"]], places: sip,
            reason: "the status 380, RFC 3261 §21.3.5"),
        Allowance(
            word: "client", phrases: [["client", "transaction"]], reason: "RFC 3261 §17.1"),
        Allowance(
            word: "server", phrases: [["server", "transaction"]], reason: "RFC 3261 §17.2"),
        Allowance(
            word: "client", places: ["Sources/SIPStack/Transactions/"] + sip.dropFirst(),
            reason: "inside the transaction layer a client is a client transaction"),
        Allowance(
            word: "server", places: ["Sources/SIPStack/Transactions/"] + sip.dropFirst(),
            reason: "inside the transaction layer a server is a server transaction"),
        Allowance(
            word: "server",
            phrases: [
                ["server", "internal", "error"], ["server", "timeout"], ["server", "time"],
                ["server", "error"], ["server", "failure"],
            ], places: sip, reason: "the statuses 500 and 504, RFC 3261 §21.5"),
        Allowance(
            word: "server", phrases: [["server"]], places: ["Sources/SIPStack/Fields/"],
            reason: "the field Server, RFC 3261 §20.35"),
        Allowance(
            word: "channels", places: media, reason: "the channels of an rtpmap, RFC 8866 §6.6"),
        Allowance(
            word: "channel", phrases: [["channel", "count"]], places: media,
            reason: "the channels of an rtpmap, RFC 8866 §6.6"),
        Allowance(word: "context", places: linux, reason: "SwiftNIO's and OpenSSL's word"),
        Allowance(word: "channel", places: linux, reason: "SwiftNIO's word"),
        Allowance(word: "handler", places: linux, reason: "SwiftNIO's word"),
        Allowance(
            word: "user", phrases: [["user", "inbound", "event"], ["user", "event"]],
            places: linux, reason: "SwiftNIO's events that its users define"),
        Allowance(word: "data", places: linux, reason: "a parameter of SwiftNIO's ChannelHandler"),
        Allowance(
            word: "client",
            phrases: [["client", "nonce"], ["digest", "client", "nonce"]],
            places: sip + ["Sources/Sim/Phones/"],
            reason: "digest's cnonce, RFC 7616 §3.4, is the client's own"),
        Allowance(
            word: "context", phrases: [["phone", "context"]], places: sip,
            reason: "the parameter phone-context of a tel: URI, RFC 3966 §5.1.5"),
        Allowance(
            word: "account", places: ["Sources/SIPStack/Fields/MessageSummary.swift"],
            reason: "Message-Account, RFC 3842 §5.2"),
        Allowance(
            word: "data", phrases: [["data", "folder"]],
            reason: "the folder that the key `data` of the configuration names"),
        Allowance(
            word: "data", places: ["Sources/Settings/", "Sources/pbxd/", "Sources/pbxctl/"],
            reason: "the key `data` of the configuration"),
    ]
}
