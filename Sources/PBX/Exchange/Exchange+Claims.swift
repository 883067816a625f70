import Platform
import SIPStack

/// Callers that want a place in a call of others, and who may have it: what belongs to one's own
/// extension or group.
extension Exchange {
    /// INVITE with Replaces (RFC 3891 §3). Nil where it has none; else what to say of a bad one.
    func refusalOfReplaces(_ request: Request) -> Response? {
        guard request.fields[.replaces] != nil else { return nil }
        guard let all = try? request.fields.all(Replaces.self), all.count == 1,
            request.fields[.join] == nil
        else { return Response(to: request, status: .badRequest, reason: "Bad Replaces") }
        return nil
    }

    /// Looks for the leg that a caller's INVITE shall replace.
    func seekPlace(_ replaces: Replaces, for call: Call, by extensionID: ExtensionID) {
        let tags = (replaces.toTag ?? "", replaces.fromTag ?? "")
        let named = DialogID(
            sipCallID: replaces.callID, localTag: tags.0, remoteTag: tags.1)
        // Phones that learnt of the dialog from a lamp may name its tags as they saw them there.
        let turned = DialogID(
            sipCallID: replaces.callID, localTag: tags.1, remoteTag: tags.0)
        let isEarlyOnly = replaces.isEarlyOnly
        let claim = Claim(claimant: call.mailbox)
        transport.find(named) { [mailbox, transport] sink in
            @Sendable func tell(_ sink: (any SIPSink)?) {
                let found = FoundLeg(
                    gate: sink as? LegGate, claim: claim, taker: extensionID,
                    isEarlyOnly: isEarlyOnly)
                if !mailbox.post(.legFound(found)) { claim.refuse(.serviceUnavailable) }
            }
            guard sink == nil else { return tell(sink) }
            transport.find(turned) { tell($0) }
        }
    }

    /// The leg that an INVITE names: its call decides, where the caller has the right.
    func claim(_ found: FoundLeg) {
        let claim = found.claim
        guard let gate = found.gate else {
            return claim.refuse(.callOrTransactionDoesNotExist)
        }
        guard let owner = gate.extensionID, directory.mayTakeCalls(of: owner, found.taker) else {
            return claim.refuse(.forbidden)
        }
        if !gate.post(.claim(claim, isEarlyOnly: found.isEarlyOnly)) {
            claim.refuse(.callOrTransactionDoesNotExist)
        }
    }

    /// A code was dialled.
    func perform(_ feature: Feature, for call: Call, by extensionID: ExtensionID) {
        let claim = Claim(claimant: call.mailbox)
        let picture = events.picture
        switch feature {
        case .pickUp(let digits):
            let wanted = digits.flatMap(ExtensionNumber.init).flatMap {
                directory.extensionRecord($0)?.extensionID
            }
            if digits != nil {
                guard let wanted else { return claim.refuse(.notFound) }
                guard directory.mayTakeCalls(of: wanted, extensionID) else {
                    return claim.refuse(.forbidden)
                }
            }
            let found = picture.longestRinging { owner in
                wanted.map { $0 == owner } ?? directory.mayTakeCalls(of: owner, extensionID)
            }
            guard let found, let other = calls[found.callID]?.call,
                other.mailbox.post(.claim(claim, .ringing(found.extensionID)))
            else { return claim.refuse(.notFound) }
        case .retrieve(let slot, let parker):
            let found = picture.longestParked(in: slot, by: parker)
            guard let found, let other = calls[found]?.call,
                other.mailbox.post(.claim(claim, .parked))
            else { return claim.refuse(.notFound) }
        case .park:
            // A slot is where calls are transferred to.
            claim.refuse(.forbidden)
        }
    }
}

/// What the stack said of the dialog that an INVITE names.
public struct FoundLeg: Sendable {
    let gate: LegGate?
    let claim: Claim
    let taker: ExtensionID
    let isEarlyOnly: Bool
}

extension Directory {
    /// Whether somebody may answer or take over what belongs to another extension: within a group,
    /// and where there are no groups.
    func mayTakeCalls(of owner: ExtensionID, _ taker: ExtensionID) -> Bool {
        mayKnowOthers(of: owner, watcher: taker)
    }
}

extension ExchangePicture {
    /// The call that has rung longest at one of those extensions, and whose phone it rings.
    ///
    /// Where none rings: one whose phone has been asked to. Some never say that they do, and all are
    /// heard before their word has come.
    func longestRinging(
        where isWanted: (ExtensionID) -> Bool
    ) -> (callID: CallID, extensionID: ExtensionID)? {
        longestCalling(in: .ringing, where: isWanted)
            ?? longestCalling(in: .trying, where: isWanted)
    }

    private func longestCalling(
        in phase: LegPicture.Phase, where isWanted: (ExtensionID) -> Bool
    ) -> (callID: CallID, extensionID: ExtensionID)? {
        let found = calls.values.compactMap { call in
            let ringing = call.legs.first { leg in
                leg.role == .callee && leg.phase == phase
                    && leg.extensionID.map(isWanted) ?? false
            }
            return ringing?.extensionID.map { (call: call, extensionID: $0) }
        }
        let first = found.min {
            ($0.call.startedAt, $0.call.callID) < ($1.call.startedAt, $1.call.callID)
        }
        return first.map { ($0.call.callID, $0.extensionID) }
    }

    /// The call that waits longest in that slot; of those that the number parked where it is given.
    func longestParked(in slot: ParkingSlot, by parker: String?) -> CallID? {
        calls.values.compactMap { call -> (WallTime, CallID)? in
            guard let parking = call.parking, parking.slot == slot,
                parker == nil || parking.parker == parker
            else { return nil }
            return (parking.at, call.callID)
        }
        .min { $0 < $1 }?.1
    }
}
