import Media
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

    /// `music: {folder: /srv/music, shared: yes}`: what those hear who wait.
    mutating func readMusic(_ node: Node, _ reader: inout SettingsReader) {
        let values = reader.mapping(node, named: "music", keys: SettingsKeys.music)
        if let node = values["folder"], let text = reader.text(node, named: "music.folder") {
            settings.ownMusicFolder = path(text)
        }
        guard let node = values["shared"], let text = reader.text(node, named: "music.shared")
        else { return }
        let known = ["yes": true, "true": true, "no": false, "false": false]
        if let isShared = reader.word(text, of: known, named: "music.shared", at: node) {
            settings.isMusicShared = isShared
        }
    }

    /// `tones: de`: whose tones are heard while a call is on its way.
    mutating func readTones(_ node: Node, _ reader: inout SettingsReader) {
        guard let text = reader.text(node, named: "tones") else { return }
        let known = Dictionary(
            uniqueKeysWithValues: ToneCountry.allCases.map { ($0.rawValue, $0) })
        if let country = reader.word(text, of: known, named: "tones", at: node) {
            settings.toneCountry = country
        }
    }
}
