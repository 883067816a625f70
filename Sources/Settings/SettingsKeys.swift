import PBX

/// Every key there is: what a file is checked against, and what the documentation must name.
enum SettingsKeys {
    static let top = [
        "data", "domain", "sip", "tls", "media", "networks", "log", "control", "calls",
        "numbers", "prompts", "music", "tones", "recordings", "fax", "abuse", "metrics",
    ]
    static let fax = ["format", "t38"]
    static let recordings = ["folder", "format", "tracks", "keep-free", "keys", "tone"]
    static let sip = ["udp", "tcp", "tls"]
    static let listener = ["listen", "digest"]
    static let tls = ["certificate", "key", "authorities"]
    static let media = ["address", "ports"]
    static let network = ["bind", "advertise", "reach"]
    static let log = ["level"]
    static let numbers = HouseNumbers().named.map(\.name)
    static let prompts = ["folder", "language"]
    static let music = ["folder", "shared"]
    static let calls = [
        "refresh", "per-extension", "limit", "emergency", "drain", "park-return",
        "conference-size",
    ]
    static let abuse = ["allow", "failures", "rate", "familiar-rate", "ban"]
}

extension Settings {
    /// Every key in dotted form: `sip.udp.listen`.
    public static var keys: [String] {
        let listeners = SettingsKeys.sip.flatMap { transport in
            ["sip.\(transport)"] + SettingsKeys.listener.map { "sip.\(transport).\($0)" }
        }
        return SettingsKeys.top + listeners
            + SettingsKeys.tls.map { "tls.\($0)" } + SettingsKeys.media.map { "media.\($0)" }
            + SettingsKeys.network.map { "networks.\($0)" } + SettingsKeys.log.map { "log.\($0)" }
            + SettingsKeys.calls.map { "calls.\($0)" }
            + SettingsKeys.numbers.map { "numbers.\($0)" }
            + SettingsKeys.prompts.map { "prompts.\($0)" }
            + SettingsKeys.music.map { "music.\($0)" }
            + SettingsKeys.recordings.map { "recordings.\($0)" }
            + SettingsKeys.fax.map { "fax.\($0)" }
            + SettingsKeys.abuse.map { "abuse.\($0)" }
    }
}
