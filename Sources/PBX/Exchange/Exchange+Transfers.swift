import Platform
import SIPStack

/// Whom transfers go to.
extension Exchange {
    /// Finds the phones, or the ways out, for the call that asks: what the transferor may call, it may
    /// send others to, and pays for.
    func seek(_ search: TargetSearch) {
        let call = search.call
        switch search.goal {
        case .own(let id):
            ring(id, for: call)
        case .number(let digits, let asker, let request):
            let plan = DialPlan(directory: directory, house: configuration.house)
            switch plan.destination(for: digits, from: asker) {
            case .inside(let id):
                ring(id, for: call)
            case .outside(let number, let trunkIDs):
                guard let caller = directory.party(asker) else {
                    call.post(.notFound(.notAllowed))
                    return
                }
                call.post(.target(Party(outside: OutsideIdentity.form(number)), []))
                call.post(.foundOut(waysOut(to: number, by: trunkIDs, from: caller, request)))
            case .feature(.park(let slot)):
                call.post(.foundSlot(slot))
            case .here, .feature:
                // The exchange answers callers alone so far.
                call.post(.notFound(.notAllowed))
            case .nowhere:
                call.post(.notFound(.unknownNumber))
            }
        }
    }

    private func ring(_ id: ExtensionID, for call: Mailbox<Call>) {
        guard let party = directory.party(id), let owner = owner(of: id) else {
            call.post(.notFound(.unknownNumber))
            return
        }
        call.post(.target(party, directory.devices(of: id)))
        owner.mailbox.post(.seek { call.post(.found($0)) })
    }
}
