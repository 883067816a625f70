import PBX
import Yams

/// `numbers: {echo: "*80", conference: off}`: where the exchange itself answers.
extension SettingsBuilder {
    mutating func readNumbers(_ node: Node, _ reader: inout SettingsReader) {
        let values = reader.mapping(node, named: "numbers", keys: SettingsKeys.numbers)
        var house = HouseNumbers()
        for name in SettingsKeys.numbers {
            guard let value = values[name],
                let text = reader.text(value, named: "numbers.\(name)")
            else { continue }
            let isOff = ["off", "no", "false"].contains(text.lowercased())
            guard isOff || HouseNumbers.isDiallable(text) else {
                reader.complain(
                    "numbers.\(name): '\(text)' must be up to 12 of 0-9, * and #, or off",
                    at: value)
                continue
            }
            house.set(name, to: isOff ? nil : text)
        }
        for (name, number) in house.named {
            guard let number, let first = house.named.first(where: { $0.number == number }),
                first.name != name
            else { continue }
            reader.complain("numbers: \(first.name) and \(name) are both \(number)", at: node)
        }
        settings.house = house
    }
}
