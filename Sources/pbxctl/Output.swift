import Foundation
import PBX

/// What is printed, and where.
enum Output {
    /// To standard error, with the tool's name.
    static func complain(_ text: String) {
        FileHandle.standardError.write(Data("pbxctl: \(text)\n".utf8))
    }

    static func printJSON(_ value: some Encodable) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        guard let text = try? encoder.encode(value) else { return }
        print(String(decoding: text, as: UTF8.self))
    }

    static func show(_ reply: AdministrationReply, asJSON: Bool) {
        if asJSON { showJSON(reply) } else { showText(reply) }
        if case .refused(let refusal) = reply {
            for reason in refusal.reasons { complain(reason) }
        }
    }

    /// What a change came to, as JSON.
    private struct Change: Encodable {
        var revision: Int64
        var comment: String?
        var extensions: [ExtensionCredentials]
    }

    private struct RecordedCall: Encodable {
        var callID: String
        var isRecorded: Bool
    }

    private struct MutedCall: Encodable {
        var callID: String
        var isMuted: Bool
    }

    private static func showJSON(_ reply: AdministrationReply) {
        switch reply {
        case .added(let list, let revision):
            printJSON(Change(revision: revision, extensions: list))
        case .changed(let comment, let revision, let credentials):
            printJSON(
                Change(
                    revision: revision, comment: comment,
                    extensions: credentials.map { [$0] } ?? []))
        case .extensions(let list): printJSON(list)
        case .registrations(let list): printJSON(list)
        case .calls(let list): printJSON(list)
        case .finishedCalls(let list): printJSON(list)
        case .events(let batch): EventLines.printJSON(batch)
        case .story(let story): printJSON(story)
        case .hungUp(let callID): printJSON(["callID": callID])
        case .recording(let callID, let isOn):
            printJSON(RecordedCall(callID: callID, isRecorded: isOn))
        case .muted(let callID, let isOn):
            printJSON(MutedCall(callID: callID, isMuted: isOn))
        case .recordings(let list): printJSON(list)
        case .faxes(let list): printJSON(list)
        case .fax(let fax): printJSON(fax)
        case .trunks(let list): printJSON(list)
        case .routes(let list): printJSON(list)
        case .draining(let isOn, let count):
            printJSON(DrainStanding(refusesCalls: isOn, callCount: count))
        case .bans(let list): printJSON(list)
        case .banLifted(let source): printJSON(["source": source])
        case .checked(let check): printJSON(check)
        case .revisions(let list): printJSON(list)
        case .refused(let refusal): printJSON(["refused": refusal])
        }
    }

    private static func showText(_ reply: AdministrationReply) {
        switch reply {
        case .added(let list, let revision):
            print("\(list.count) added (revision \(revision))")
            show(list)
        case .changed(let comment, let revision, let credentials):
            print("\(comment) (revision \(revision))")
            show(credentials.map { [$0] } ?? [])
        case .extensions(let list): print(TextTable(list).text)
        case .registrations(let list): print(TextTable(list).text)
        case .calls(let list): print(TextTable(list).text)
        case .finishedCalls(let list): print(TextTable(list).text)
        case .events(let batch): EventLines.print(batch)
        case .story(let story): print(story.text)
        case .hungUp(let callID): print("call \(callID) hung up")
        case .recording(let callID, let isOn):
            print("call \(callID) is", isOn ? "recorded" : "recorded no longer")
        case .muted(let callID, let isOn):
            print("call \(callID) is", isOn ? "muted" : "heard again")
        case .recordings(let list): print(TextTable(list).text)
        case .faxes(let list): print(TextTable(list).text)
        case .fax(let fax): print(TextTable(fax).text)
        case .trunks(let list): print(TextTable(list).text)
        case .routes(let list): print(TextTable(list).text)
        case .draining(let isOn, let count):
            print(isOn ? "no new calls are taken;" : "new calls are taken;", "\(count) are up")
        case .bans(let list): print(TextTable(list).text)
        case .banLifted(let source): print("\(source) may come in again")
        case .checked(let check): printJSON(check)
        case .revisions(let list): print(TextTable(list).text)
        case .refused: break
        }
    }

    /// Only those of whom something was drawn, or named unlike their number.
    private static func show(_ list: [ExtensionCredentials]) {
        let notable = list.filter {
            $0.password != nil || $0.pin != nil || $0.authName != $0.number
        }
        guard !notable.isEmpty else { return }
        print("Shown once, and kept nowhere:")
        print(TextTable(notable).text)
    }
}
