import PBX
import Yams

/// `fax: {format: pdf, t38: off}`.
extension SettingsBuilder {
    mutating func readFax(_ node: Node, _ reader: inout SettingsReader) {
        let values = reader.mapping(node, named: "fax", keys: SettingsKeys.fax)
        if let node = values["format"], let text = reader.text(node, named: "fax.format") {
            let known = Dictionary(
                uniqueKeysWithValues: FaxFormat.allCases.map { ($0.rawValue, $0) })
            if let found = reader.word(text, of: known, named: "fax.format", at: node) {
                settings.fax.format = found
            }
        }
        if let node = values["t38"], let isOn = reader.onOrOff(node, named: "fax.t38") {
            settings.fax.allowsImage = isOn
        }
    }
}
