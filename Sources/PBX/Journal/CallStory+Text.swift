import Platform

/// A call's story in plain words, for people: who and how it ended, the legs with their audio, what
/// was decided, and the messages as a ladder.
extension CallStory {
    public var text: String {
        ([summary, ""] + legLines + ["", "what happened:"] + momentLines + ["", ladder]
            + (omittedCount > 0 ? ["", "\(omittedCount) later lines are not kept"] : []))
            .joined(separator: "\n")
    }

    private var summary: String {
        let name = record.callerName.map { " (\($0))" } ?? ""
        var words =
            "call \(record.callID): \(record.caller.text)\(name) called \(record.callee.text)"
        words += " at \(record.startedAt)"
        if let answeredAt = record.answeredAt {
            words += "; answered after \(Self.seconds(answeredAt, since: record.startedAt))"
        }
        guard let endedAt = record.endedAt, let reason = record.endReason else {
            return words + "; it is up"
        }
        if let answeredAt = record.answeredAt {
            words += "; talked for \(Self.seconds(endedAt, since: answeredAt))"
        }
        return words + "; it ended because: \(reason.words)"
    }

    private static func seconds(_ end: WallTime, since start: WallTime) -> String {
        let tenths = max(0, end.microseconds - start.microseconds) / 100_000
        return "\(tenths / 10).\(tenths % 10) s"
    }

    private var legLines: [String] {
        legs.enumerated().map { index, leg in
            var words = "\(name(of: index)): \(leg.contact ?? "no contact")"
            if let codec = leg.codec { words += ", \(codec)" }
            if let status = leg.status { words += ", \(status)" }
            if let reason = leg.endReason { words += ", \(reason.words)" }
            let media = leg.media
            return words
                + "\n    from it \(media.packetsReceived) packets (\(media.packetsLost) lost, "
                + "\(media.strangersDropped) of strangers), to it \(media.packetsSent)"
                + Self.quality(of: media)
        }
    }

    /// `; sounded 4.31 of 5, jitter 3 ms, round trip 24 ms`: as far as it is known.
    private static func quality(of media: MediaTotals) -> String {
        var words: [String] = []
        if let score = media.score { words.append("sounded \(Self.score(score)) of 5") }
        if let score = media.partyScore {
            words.append("it says that it heard \(Self.score(score)) of 5")
        }
        if let jitter = media.jitter { words.append("jitter \((jitter + 500) / 1_000) ms") }
        if let roundTrip = media.roundTrip {
            words.append("round trip \((roundTrip + 500) / 1_000) ms")
        }
        return words.isEmpty ? "" : "; " + words.joined(separator: ", ")
    }

    /// `4.05`, of hundredths.
    private static func score(_ hundredths: Int64) -> String {
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }

    private var momentLines: [String] {
        lines.filter { $0.kind == .noted }.map { line in
            let whom = line.leg.map { "\(name(of: $0)) " } ?? ""
            return "  \(Self.clock(line.instant - start)) \(whom)\(line.text)"
        }
    }

    private var ladder: String {
        let arrows = lines.filter { $0.kind != .noted }.map { line in
            let phone = name(of: line.leg ?? 0)
            let isSent = line.kind == .sent
            return LadderArrow(
                instant: .start + (line.instant - start), source: isSent ? Self.exchange : phone,
                destination: isSent ? phone : Self.exchange, label: line.label)
        }
        return Ladder.text(of: arrows, hosts: [name(of: 0), Self.exchange])
    }

    private static var exchange: String { "exchange" }

    private var start: Instant { lines.first?.instant ?? .start }

    /// `100`, the caller; `101`, or `101-2` where more than one phone of it rang.
    private func name(of index: Int) -> String {
        guard legs.indices.contains(index) else { return "leg \(index)" }
        let number = legs[index].party.text
        let place = legs[..<index].count { $0.party.text == number }
        return place == 0 ? number : "\(number)-\(place + 1)"
    }

    /// Seconds with milliseconds.
    private static func clock(_ span: Duration) -> String {
        let milliseconds = span.nanoseconds / 1_000_000
        let rest = String(milliseconds % 1000)
        let text =
            "\(milliseconds / 1000)." + String(repeating: "0", count: 3 - rest.count) + rest
        return String(repeating: " ", count: max(0, 9 - text.count)) + text
    }
}
