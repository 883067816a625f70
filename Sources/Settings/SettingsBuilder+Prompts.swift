import PBX
import Yams

/// `prompts: {folder: /usr/share/asterisk/sounds, language: ru}`: what the exchange speaks with.
extension SettingsBuilder {
    mutating func readPrompts(_ node: Node, _ reader: inout SettingsReader) {
        let values = reader.mapping(node, named: "prompts", keys: SettingsKeys.prompts)
        if let node = values["folder"], let text = reader.text(node, named: "prompts.folder") {
            settings.promptFolder = path(text)
        }
        guard let node = values["language"], let text = reader.text(node, named: "prompts.language")
        else { return }
        let known = Dictionary(
            uniqueKeysWithValues: SpokenLanguage.allCases.map { ($0.rawValue, $0) })
        if let language = reader.word(text, of: known, named: "prompts.language", at: node) {
            settings.language = language
        }
    }
}
