import Platform

/// Commands about the running exchange itself.
extension Administration {
    func startOperation(
        _ request: AdministrationRequest,
        _ then: @escaping @Sendable (AdministrationReply) -> Void
    ) throws(Refusal) {
        guard let live else {
            throw Refusal(.notRunning, ["this is a matter of the running exchange; start pbxd"])
        }
        switch request.command {
        case .drain(let isOn):
            live.drain(isOn: isOn) { then(.draining(isOn: isOn, callCount: $0)) }
        case .listBans: live.listBans { then(.bans($0)) }
        case .liftBan(let text): try liftBan(text, live, then)
        case .recordCall(let text, let isOn):
            try order(.record(isOn: isOn), of: text, live, then)
        case .muteCall(let text, let isOn):
            try order(.mute(isOn: isOn), of: text, live, then)
        case .listRecordings: live.listRecordings { then(.recordings($0)) }
        default: break  // Sent on to this function by no other command.
        }
    }

    private func order(
        _ order: CallOrder, of text: String, _ live: any LiveExchange,
        _ then: @escaping @Sendable (AdministrationReply) -> Void
    ) throws(Refusal) {
        let callID = try callID(text)
        live.order(order, of: callID) { isDone in
            let obstacle = "call \(callID) \(order.obstacle); see: pbxctl calls"
            then(
                isDone
                    ? order.reply(for: callID.description)
                    : .refused(Refusal(.conflict, [obstacle])))
        }
    }

    private func liftBan(
        _ text: String, _ live: any LiveExchange,
        _ then: @escaping @Sendable (AdministrationReply) -> Void
    ) throws(Refusal) {
        // A block is named by any address in it, as `pbxctl bans` prints it too.
        let bare = text.hasSuffix("/64") ? String(text.dropLast(3)) : text
        guard let address = IPAddress(bare) else {
            throw Refusal(.input, ["'\(text)' is no IP address; see: pbxctl bans list"])
        }
        live.liftBan(of: address) { wasBanned in
            then(
                wasBanned
                    ? .banLifted(source: text)
                    : .refused(Refusal(.notFound, ["\(text) is not banned"])))
        }
    }
}

extension CallOrder {
    /// What it is answered where it was done.
    fileprivate func reply(for callID: String) -> AdministrationReply {
        switch self {
        case .record(let isOn): .recording(callID: callID, isOn: isOn)
        case .mute(let isOn): .muted(callID: callID, isOn: isOn)
        }
    }

    /// Why it could not be.
    fileprivate var obstacle: String {
        switch self {
        case .record: "can't be recorded: nobody talks in it, or recordings are off"
        case .mute: "is inside no conference"
        }
    }
}
