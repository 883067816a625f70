import Platform

extension RegistrationListing {
    /// The bindings that have not expired, by number.
    static func all(
        _ bindings: [BindingRecord], in directory: Directory, at now: WallTime
    ) -> [RegistrationListing] {
        var found: [(number: ExtensionNumber, listing: RegistrationListing)] = []
        for binding in bindings where binding.expires > now {
            guard let owner = directory.extensionRecord(binding.extensionID) else { continue }
            let listing = RegistrationListing(
                number: owner.number.digits, name: directory.person(owner.personID)?.name ?? "",
                contact: binding.contact, transport: binding.flow.transport.rawValue,
                remote: binding.flow.remote, userAgent: binding.userAgent,
                instanceID: binding.instanceID, expires: binding.expires.description)
            found.append((owner.number, listing))
        }
        found.sort { one, other in
            one.number != other.number
                ? one.number < other.number : one.listing.contact < other.listing.contact
        }
        return found.map(\.listing)
    }
}

extension ExtensionListing {
    static func all(in directory: Directory) -> [ExtensionListing] {
        directory.sortedExtensions.map { ExtensionListing($0, in: directory) }
    }

    init(_ record: ExtensionRecord, in directory: Directory) {
        let person = directory.person(record.personID)
        self.init(
            number: record.number.digits, name: person?.name ?? "", email: person?.email,
            group: record.groupID.flatMap { directory.group($0)?.name },
            extensionID: record.extensionID, hasPIN: person?.pinHash != nil,
            devices: directory.devices(of: record.extensionID).map(Device.init))
    }
}

extension ExtensionListing.Device {
    init(_ device: DeviceRecord) {
        self.init(
            name: device.name, authName: device.secret.authName, instanceID: device.instanceID,
            digest: device.policy.digest, encryption: device.policy.encryption,
            nat: device.policy.nat, codecs: device.policy.codecs,
            recording: device.policy.recording,
            takesFaxes: device.policy.takesFaxes, faxDetection: device.policy.faxDetection)
    }
}
