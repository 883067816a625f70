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
            ring(id, .every, for: call)
        case .fax(let digits, let asker):
            seekFax(digits, askedBy: asker, for: call)
        case .number(let digits, let asker, let request):
            let target = request.referTarget.map(dialled) ?? Dialled(digits: digits)
            let plan = DialPlan(directory: directory, house: configuration.house)
            switch plan.destination(for: target.digits, from: asker) {
            case .inside(let id) where takesFaxes(directory.devices(of: id)):
                guard let party = directory.party(id) else { break }
                send(call, to: .fax, party)
            case .inside(let id):
                ring(id, target.phones, for: call)
            case .outside(let number, let trunkIDs):
                guard let caller = directory.party(asker) else {
                    call.post(.notFound(.notAllowed))
                    return
                }
                call.post(.target(Party(outside: OutsideIdentity.form(number)), []))
                call.post(.foundOut(waysOut(to: number, by: trunkIDs, from: caller, request)))
            case .feature(.park(let slot)):
                call.post(.foundSlot(slot))
            case .here(let place):
                let number = NumberForm(text: target.digits, type: .inside)
                send(call, to: place, Party(here: number, name: place.shownName))
            case .feature:
                // Who takes a call by a code has to be there to take it.
                call.post(.notFound(.notAllowed))
            case .nowhere:
                call.post(.notFound(.unknownNumber))
            }
        }
    }

    /// A number at which the exchange takes faxes, and nothing else.
    private func seekFax(_ digits: String, askedBy asker: ExtensionID, for call: Mailbox<Call>) {
        let plan = DialPlan(directory: directory, house: configuration.house)
        let party: Party? =
            switch plan.destination(for: digits, from: asker) {
            case .here(.fax) where faxes != nil:
                Party(
                    here: NumberForm(text: digits, type: .inside), name: HousePlace.fax.shownName)
            case .inside(let id) where takesFaxes(directory.devices(of: id)):
                directory.party(id)
            case .inside, .outside, .feature, .here, .nowhere: nil
            }
        guard let party else {
            call.post(.notFound(.unknownNumber))
            return
        }
        send(call, to: .fax, party)
    }

    /// The exchange itself takes the party that is sent on.
    private func send(_ call: Mailbox<Call>, to place: HousePlace, _ party: Party) {
        call.post(.target(party, []))
        call.post(.foundHere(place))
    }

    private func ring(_ id: ExtensionID, _ phones: GRUUMint.Choice, for call: Mailbox<Call>) {
        guard let party = directory.party(id) else {
            call.post(.notFound(.unknownNumber))
            return
        }
        call.post(.target(party, directory.devices(of: id)))
        seekPhones(of: id, phones, for: call)
    }
}

extension Request {
    /// Whom a REFER names.
    fileprivate var referTarget: URI? { (try? fields.first(ReferTo.self))?.address.uri }
}
