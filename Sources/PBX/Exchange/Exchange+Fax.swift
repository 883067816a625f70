import Platform

/// Extensions that are no phones, but fax numbers.
extension Exchange {
    /// True where the exchange answers as a fax machine in the callee's stead.
    func takesFaxes(_ devices: [DeviceRecord]) -> Bool {
        faxes != nil && devices.contains(where: \.policy.takesFaxes)
    }

    func beginFax(_ setup: CallSetup) {
        var setup = setup
        setup.house = .fax
        begin(setup) { $0.mailbox.post(.foundHere(.fax)) }
    }
}
