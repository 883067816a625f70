import Platform
import SIPStack

/// Bindings as rows: instants become wall time on the way out, and back at the next start.
extension BindingRecord {
    init(_ binding: Binding, of record: ExtensionRecord, now: Instant, wallTime: WallTime) {
        let left = (binding.expires - now).nanoseconds / 1000
        self.init(
            domain: record.domain, extensionID: record.extensionID, deviceID: binding.device,
            contact: Route(binding.contact).fieldText,
            path: binding.path.map { Route($0).fieldText },
            flow: FlowRecord(binding.standingFlow),
            isConnectionBound: binding.flow.transport.isReliable,
            instanceID: binding.instance, regID: binding.regID,
            qThousandths: binding.preference,
            expires: WallTime(microseconds: wallTime.microseconds + left),
            sipCallID: binding.sipCallID, cSeq: binding.sequence,
            userAgent: binding.userAgent.isEmpty ? nil : binding.userAgent,
            registeredAt: wallTime)
    }
}

extension Binding {
    /// The flow by which the device is still reached after a restart.
    fileprivate var standingFlow: Flow {
        guard case .address(_, let remote) = destination else { return flow }
        var flow = flow
        flow.remote = remote
        return flow
    }

    /// A binding that outlived a restart; nil where its row can't be read any more.
    init?(_ record: BindingRecord, now: Instant, wallTime: WallTime) {
        guard let flow = record.flow.flow, let device = record.deviceID,
            let contact = (try? Route(parsing: record.contact))?.address
        else { return nil }
        // A clock that was set back makes no registration longer than it was granted.
        let left = min(
            record.expires.microseconds - wallTime.microseconds,
            record.expires.microseconds - record.registeredAt.microseconds)
        guard left > 0 else { return nil }
        var key = Key.contact(contact.uri)
        if let instance = record.instanceID, let regID = record.regID {
            key = .flow(instance: instance, regID: regID)
        }
        self.init(
            key: key, contact: contact, flow: flow,
            path: record.path.compactMap { (try? Route(parsing: $0))?.address },
            instance: record.instanceID, regID: record.regID, preference: record.qThousandths,
            expires: now + .microseconds(left), sipCallID: record.sipCallID,
            sequence: record.cSeq, device: device, userAgent: record.userAgent ?? "",
            isReachable: !record.isConnectionBound)
    }
}
