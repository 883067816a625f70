import PBX
import Platform

/// The record of a call that has ended stays as it was written, whatever happens to the exchange.
struct WhatIsCommittedStays: Sendable {
    static let claim = "nothing committed is lost, or changed"
    /// Records that are compared: the latest.
    static let limit = 200

    private var known: [CallID: CallRecord] = [:]

    /// - Parameter records: the latest of the store, newest first, open ones left out.
    mutating func findings(in records: [CallRecord]) -> [Finding] {
        var findings: [Finding] = []
        let current = Dictionary(
            records.map { ($0.callID, $0) }, uniquingKeysWith: { first, _ in first })
        let oldest = records.count < Self.limit ? nil : records.last?.callID
        for (callID, record) in known.sorted(by: { $0.key < $1.key }) {
            if let oldest, callID < oldest { continue }
            guard let now = current[callID] else {
                findings.append(Finding(Self.claim, "the record of \(callID) is gone"))
                continue
            }
            if now != record {
                findings.append(Finding(Self.claim, "the record of \(callID) was changed"))
            }
        }
        known = current
        return findings
    }
}
