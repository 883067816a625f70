import Media
import PBX
import Yams

/// `recordings: {folder: recordings, format: opus, tracks: separate, keep-free: 500}`.
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
    }
}
