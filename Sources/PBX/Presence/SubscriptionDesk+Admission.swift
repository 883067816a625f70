import SIPStack

/// Which SUBSCRIBEs begin a subscription.
extension SubscriptionDesk {
    struct Admission {
        var event: Event
        var package: EventPackage
        var watcher: ExtensionID
        var watched: ExtensionID
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
        guard
            let watched = ExtensionNumber(request.dialledDigits)
                .flatMap({ directory.extensionRecord($0)?.extensionID })
        else { return .failure(refused(.notFound)) }
        // Recordings are nobody else's.
        guard package != .messageSummary || watched == device.extensionID else {
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

extension Directory {
    /// Whether a watcher may know with whom an extension speaks: within a group, and where there
    /// are no groups. Others see that it speaks, not with whom.
    func mayKnowOthers(of watched: ExtensionID, watcher: ExtensionID) -> Bool {
        guard watched != watcher else { return true }
        return extensionRecord(watched)?.groupID == extensionRecord(watcher)?.groupID
    }
}
