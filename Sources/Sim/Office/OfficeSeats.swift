import Platform

/// Which phones belong to which extension, and which extensions to one group.
struct OfficeSeats: Sendable {
    /// Phones of one extension: as many as the exchange rings at once.
    static let limit = 10
    /// Of a thousand extensions, those with a second phone, and of these those with a third.
    private static let haveSecond = 400
    private static let haveThird = 350

    /// One phone's place.
    struct Seat: Sendable, Equatable {
        /// The extension, counted from 0.
        var extensionIndex: Int
        /// Which of the extension's phones it is, from 0.
        var phoneOfExtension: Int
    }

    /// In the phones' order.
    private(set) var seats: [Seat] = []
    /// The numbers of the extensions.
    let numbers: [String]
    /// The group of each extension, as the indices of its members.
    private(set) var groups: [Range<Int>] = []

    init(phoneCount: Int, plan: OfficePlan, random: SimulatedRandom) {
        var extensionCount = 0
        while seats.count < phoneCount {
            let wanted = Self.phoneCount(of: extensionCount, plan, random)
            // Somebody must be there to be called.
            let most = extensionCount == 0 ? max(1, phoneCount - 1) : phoneCount - seats.count
            for number in 0..<min(wanted, most) {
                seats.append(Seat(extensionIndex: extensionCount, phoneOfExtension: number))
            }
            extensionCount += 1
        }
        let first = extensionCount <= 800 ? 100 : 10_000
        numbers = (0..<extensionCount).map { String(first + $0) }
        while groups.count < extensionCount {
            let start = groups.count
            let size = random.number(in: 2...max(2, plan.workload.greatestGroup))
            let end = min(extensionCount, start + size)
            groups.append(contentsOf: repeatElement(start..<end, count: end - start))
        }
    }

    private static func phoneCount(
        of index: Int, _ plan: OfficePlan, _ random: SimulatedRandom
    ) -> Int {
        let given = plan.phonesPerExtension
        if !given.isEmpty { return given[index % given.count] }
        guard random.happens(perThousand: haveSecond) else { return 1 }
        return random.happens(perThousand: haveThird) ? 3 : 2
    }

    func setups(domain: String, registrar: SocketAddress) -> [PhoneSetup] {
        seats.enumerated().map { index, seat in
            let number = numbers[seat.extensionIndex]
            let isFirst = seat.phoneOfExtension == 0
            return PhoneSetup(
                number: number,
                authName: isFirst ? number : "\(number)-\(seat.phoneOfExtension + 1)",
                password: "secret of \(index)", domain: domain, registrar: registrar)
        }
    }
}
