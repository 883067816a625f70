import Media
import PBX
import Yams

/// `recordings: {folder: recordings, format: opus, tracks: separate, keep-free: 500, tone: on}`.
extension SettingsBuilder {
    mutating func readRecordings(_ node: Node, _ reader: inout SettingsReader) {
        let values = reader.mapping(node, named: "recordings", keys: SettingsKeys.recordings)
        if let node = values["folder"], let text = reader.text(node, named: "recordings.folder") {
            settings.recordings.folder = path(text)
        }
        if let node = values["format"], let text = reader.text(node, named: "recordings.format") {
            let known = Dictionary(
                uniqueKeysWithValues: RecordingFormat.Container.allCases.map {
                    ($0.rawValue, $0)
                })
            if let found = reader.word(text, of: known, named: "recordings.format", at: node) {
                settings.recordings.format.container = found
            }
        }
        if let node = values["tracks"], let text = reader.text(node, named: "recordings.tracks") {
            let known = ["mixed": false, "separate": true]
            if let found = reader.word(text, of: known, named: "recordings.tracks", at: node) {
                settings.recordings.format.isSeparate = found
            }
        }
        if let node = values["keep-free"],
            let count = reader.number(node, named: "recordings.keep-free", in: 0...1_000_000)
        {
            settings.recordings.keptMegabytes = count
        }
        if let node = values["keys"], let text = reader.text(node, named: "recordings.keys") {
            readRecordingKeys(text, at: node, &reader)
        }
        if let node = values["tone"],
            let isOn = reader.onOrOff(node, named: "recordings.tone")
        {
            settings.recordings.hasTone = isOn
        }
    }

    /// A single key would be pressed by mistake, and asked for by the menus of others.
    private mutating func readRecordingKeys(
        _ text: String, at node: Node, _ reader: inout SettingsReader
    ) {
        if text == "off" {
            settings.recordings.keys = nil
        } else if HouseNumbers.isDiallable(text), (2...4).contains(text.utf8.count) {
            settings.recordings.keys = text
        } else {
            reader.complain(
                "recordings.keys must be 2 to 4 of 0-9, * and #, such as \"*3\", or off", at: node)
        }
    }
}
