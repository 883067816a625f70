import Platform

/// What the exchange records as an error is a fault of its own, or of its disk.
enum TheExchangeReportsNoFault {
    static let claim = "the exchange reports no fault of its own"

    static func finding(
        _ event: RecordedEvent, now: Instant, outages: [Outage]
    ) -> Finding? {
        let isAboutDisk = event.name.hasSuffix(".notStored")
        let isExcused =
            isAboutDisk
            && outages.hit(
                nil, from: now, to: now, grace: .seconds(5), kinds: [.storage, .exchangeDown])
        guard !isExcused else { return nil }
        let details = event.details.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        return Finding(claim, "\(event.name) \(details)")
    }
}
