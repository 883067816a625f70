import SIPStack

/// Which SUBSCRIBEs begin a subscription.
extension SubscriptionDesk {
    struct Admission {
        var event: Event
        var package: EventPackage
        var watcher: ExtensionID
        var watched: Watched
    }

    struct SubscribeRefusal: Error {
        var response: Response
    }

    func admission(
        of request: Request, from device: DeviceRecord
    ) -> Result<Admission, SubscribeRefusal> {
        func refused(_ status: Status, _ reason: String? = nil) -> SubscribeRefusal {
            SubscribeRefusal(response: Response(to: request, status: status, reason: reason))
        }
        guard let event = (try? request.fields.first(Event.self)) ?? nil,
            let package = EventPackage(event)
        else {
            // RFC 6665 §4.2.1.1, §8.2.2.
            var refusal = refused(.badEvent)
            refusal.response.fields[.allowEvents] = EventPackage.names
            return .failure(refusal)
        }
        guard request.contacts.first?.uri.sip != nil else {
            return .failure(refused(.badRequest, "Contact Missing"))
        }
        guard package.isAccepted(by: request) else { return .failure(refused(.notAcceptable)) }
        guard let watched = watched(at: request.dialledDigits, package) else {
            return .failure(refused(.notFound))
        }
        // Recordings are nobody else's.
        guard package != .messageSummary || watched.extensionID == device.extensionID else {
            return .failure(refused(.forbidden))
        }
        guard count < Self.limit else {
            var refusal = refused(.serviceUnavailable)
            refusal.response.fields[.retryAfter] = "60"
            return .failure(refusal)
        }
        guard countOfWatcher[device.extensionID, default: 0] < Self.limitPerExtension else {
            return .failure(refused(.forbidden, "Too Many Subscriptions"))
        }
        return .success(
            Admission(
                event: event, package: package, watcher: device.extensionID, watched: watched))
    }
}

extension SubscriptionDesk {
    /// An extension; or a slot, by the code that parks there or fetches from there.
    private func watched(at digits: String, _ package: EventPackage) -> Watched? {
        if let number = ExtensionNumber(digits),
            let extensionID = directory.extensionRecord(number)?.extensionID
        {
            return .extension(extensionID)
        }
        guard package == .dialog else { return nil }
        switch configuration.house.feature(of: digits) {
        case .park(let slot), .retrieve(let slot, parkedBy: nil): return .slot(slot, code: digits)
        case .retrieve, .pickUp, nil: return nil
        }
    }
}

extension Directory {
    /// Whether a watcher may know with whom an extension speaks: within a group, and where there
    /// are no groups. Others see that it speaks, not with whom.
    func mayKnowOthers(of watched: ExtensionID, watcher: ExtensionID) -> Bool {
        guard watched != watcher else { return true }
        return extensionRecord(watched)?.groupID == extensionRecord(watcher)?.groupID
    }
}
