import PBX

/// Rows under a header, in columns as wide as they must be.
struct TextTable {
    var header: [String]
    var rows: [[String]]

    var text: String {
        let lines = [header] + rows
        let widths = header.indices.map { column in
            lines.map { $0[column].count }.max() ?? 0
        }
        return lines.map { line in
            var text = ""
            for (cell, width) in zip(line, widths) {
                text += cell + String(repeating: " ", count: width - cell.count + 2)
            }
            while text.last == " " { text.removeLast() }
            return text
        }.joined(separator: "\n")
    }
}

extension TextTable {
    init(_ list: [ExtensionCredentials]) {
        header = ["NUMBER", "NAME", "AUTH NAME", "PASSWORD", "PIN"]
        rows = list.map {
            [$0.number, $0.name, $0.authName, $0.password ?? "(given)", $0.pin ?? "(given)"]
        }
    }

    init(_ list: [ExtensionListing]) {
        header = ["NUMBER", "NAME", "GROUP", "E-MAIL", "DEVICES"]
        rows = list.map { listing in
            let devices = listing.devices.map { device in
                let policy = device.digest == .listener ? "" : " \(device.digest.rawValue)"
                return "\(device.name) (\(device.authName)\(policy))"
            }
            return [
                listing.number, listing.name, listing.group ?? "-", listing.email ?? "-",
                devices.joined(separator: ", "),
            ]
        }
    }

    init(_ list: [RecordingListing]) {
        header = ["NAME", "BYTES"]
        rows = list.map { [$0.name, String($0.bytes)] }
    }

    init(_ list: [FaxListing]) {
        header = ["AT", "CALLER", "NUMBER", "SENDER", "PAGES", "RESULT", "CALL"]
        rows = list.map {
            [
                short($0.at), $0.caller, $0.number, $0.sender.isEmpty ? "-" : $0.sender,
                String($0.pages), $0.result, $0.callID,
            ]
        }
    }

    init(_ fax: FaxListing) {
        header = ["CALL", fax.callID]
        rows = [
            ["AT", short(fax.at)], ["CALLER", fax.caller], ["NUMBER", fax.number],
            ["SENDER", fax.sender.isEmpty ? "-" : fax.sender], ["PAGES", String(fax.pages)],
            ["BY", "\(fax.carriedBy), \(fax.bitRate) bit/s"],
            ["COMPLETE", fax.isComplete ? "yes" : "no"], ["RESULT", fax.result],
            ["FILE", fax.file ?? "-"],
        ]
    }

    init(_ list: [RegistrationListing]) {
        header = ["NUMBER", "NAME", "CONTACT", "BY", "FROM", "EXPIRES", "PHONE"]
        rows = list.map {
            [
                $0.number, $0.name, $0.contact, $0.transport, $0.remote, short($0.expires),
                $0.userAgent ?? "-",
            ]
        }
    }

    init(_ list: [CallListing]) {
        header = ["CALL", "CALLER", "CALLEE", "PHASE", "SINCE", "LEGS"]
        rows = list.map { call in
            let legs = call.legs.map { leg in
                "\(leg.number) \(leg.phase)" + (leg.codec.map { " \($0)" } ?? "")
            }
            return [
                call.callID, call.caller, call.callee, call.phase, short(call.startedAt),
                legs.joined(separator: ", "),
            ]
        }
    }

    init(_ list: [FinishedCallListing]) {
        header = ["STARTED", "CALLER", "CALLEE", "TALKED", "END", "CALL"]
        rows = list.map {
            [
                short($0.startedAt), $0.caller, $0.callee,
                $0.answeredAt == nil ? "-" : "\($0.talkSeconds) s", $0.words, $0.callID,
            ]
        }
    }

    init(_ list: [RevisionListing]) {
        header = ["REVISION", "AT", "BY", "WHAT", ""]
        rows = list.map {
            [
                String($0.number), short($0.at), $0.author, $0.comment,
                $0.isInForce ? "" : "undone",
            ]
        }
    }
}

/// `2026-11-22T23:20:49.000000Z` without its fraction.
private func short(_ time: String) -> String {
    guard let point = time.firstIndex(of: ".") else { return time }
    return time[..<point] + "Z"
}
