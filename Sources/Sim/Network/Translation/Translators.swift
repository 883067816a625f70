import Platform
import Synchronization

/// All boxes of a simulated network, and the addresses on both their sides.
///
/// Each machine behind a box has an address of its own in this network (`10.64.0.0/10`), by which
/// links are found and cut, and that nobody is told. What its owner believes, and says in its
/// messages, is the claimed address: the same few at every home.
final class Translators: Sendable {
    /// Boxes in one world.
    static let boxLimit = 16_384
    /// Machines behind one box, with the addresses that they move to.
    static let addressLimit = 254

    private static let insideBase: UInt32 = 0x0A40_0000
    private static let outsideBase: UInt32 = 0xC612_0000
    /// Where homes and offices have their addresses.
    private static let claimedNetworks: [UInt32] = [0, 1, 2, 178]

    /// A stream's way through a box.
    struct Crossing: Sendable {
        var box: Int
        var inner: SocketAddress
        var outer: SocketAddress
    }

    private struct Box {
        var plan: BoxPlan
        var translator: AddressTranslator
        var addressCount = 0
    }

    private let boxes: Mutex<[Box]>
    private let random: SimulatedRandom
    /// Hears whose packet found no room in a box's table.
    private let refused = Mutex<(@Sendable (IPAddress) -> Void)?>(nil)
    private let lifeCount = Atomic(0)

    init(_ plan: NetworkPlan, random: SimulatedRandom) {
        self.random = random
        boxes = Mutex(
            plan.boxes.prefix(Self.boxLimit).map { box in
                Box(
                    plan: box,
                    translator: AddressTranslator(box, firstPort: Self.drawPort(random)))
            })
    }

    private static func drawPort(_ random: SimulatedRandom) -> UInt16 {
        let ports = AddressTranslator.ports
        return UInt16(random.number(in: Int(ports.lowerBound)...Int(ports.upperBound)))
    }

    // MARK: Addresses

    /// True for the address of a machine behind a box: what nearly every datagram is asked.
    @inline(__always)
    static func isInside(_ address: IPAddress) -> Bool {
        address.low & 0xFFFF_FFFF_FFC0_0000 == 0x0000_FFFF_0A40_0000 && address.high == 0
    }

    /// True for the public address of a box.
    @inline(__always)
    static func isOutside(_ address: IPAddress) -> Bool {
        address.low & 0xFFFF_FFFF_FFFE_0000 == 0x0000_FFFF_C612_0000 && address.high == 0
    }

    /// True for what machines behind boxes believe to be their address: no way leads there.
    @inline(__always)
    static func isClaimed(_ address: IPAddress) -> Bool {
        address.low & 0xFFFF_FFFF_FFFF_0000 == 0x0000_FFFF_C0A8_0000 && address.high == 0
    }

    /// What a machine believes to be its address.
    static func claimed(_ address: IPAddress) -> IPAddress {
        guard isInside(address), let bits = address.v4 else { return address }
        let network = claimedNetworks[Int(bits >> 8 & 0x3FFF) % claimedNetworks.count]
        return IPAddress(v4: 0xC0A8_0000 | network << 8 | bits & 0xFF)
    }

    private static func box(behind address: IPAddress) -> Int {
        Int(address.low >> 8 & 0x3FFF)
    }

    private static func box(before address: IPAddress) -> Int {
        Int(address.low & 0x1_FFFF) - 1
    }

    static func outerAddress(of box: Int) -> IPAddress {
        IPAddress(v4: outsideBase + UInt32(box) + 1)
    }

    /// An address behind that box that no machine has had; nil where it has no more.
    func takeAddress(behind box: Int) -> IPAddress? {
        boxes.withLock { boxes in
            guard boxes.indices.contains(box), boxes[box].addressCount < Self.addressLimit else {
                return nil
            }
            boxes[box].addressCount += 1
            let host = UInt32(boxes[box].addressCount)
            return IPAddress(v4: Self.insideBase + UInt32(box) << 8 + host)
        }
    }

    /// Another address behind the same box.
    func takeAddress(beside address: IPAddress) -> IPAddress? {
        Self.isInside(address) ? takeAddress(behind: Self.box(behind: address)) : nil
    }

    // MARK: Datagrams

    /// A datagram as it is seen outside; nil where the box drops it.
    func leave(
        _ bytes: [UInt8], from source: SocketAddress, to destination: SocketAddress, now: Instant
    ) -> (bytes: [UInt8], source: SocketAddress)? {
        let number = Self.box(behind: source.address)
        var isFull = false
        defer { if isFull { tellRefused(source.address) } }
        return boxes.withLock { boxes in
            guard boxes.indices.contains(number) else { return nil }
            let isHairpin = destination.address == Self.outerAddress(of: number)
            if isHairpin, !boxes[number].plan.hairpins { return nil }
            guard
                let port = boxes[number].translator.leave(
                    .datagram, from: source, to: destination, now: now)
            else {
                isFull = true
                return nil
            }
            let outer = SocketAddress(address: Self.outerAddress(of: number), port: port)
            let rewriting = boxes[number].plan.rewriting
            guard rewriting != .none, SIPRewriter.isMessage(bytes) else { return (bytes, outer) }
            let rewriter = SIPRewriter(
                rewriting: rewriting, claimed: Self.claimed(source.address), outer: outer)
            let rewritten = rewriter.outward(bytes) { innerPort in
                // A port for what the message promises, as if it had been sent from already.
                let inner = SocketAddress(address: source.address, port: innerPort)
                return innerPort == source.port
                    ? port
                    : boxes[number].translator.leave(
                        .datagram, from: inner, to: destination, now: now)
            }
            return (rewritten, outer)
        }
    }

    /// A datagram that came to a box as it goes on inside; nil where the box drops it.
    func enter(
        _ bytes: [UInt8], from source: SocketAddress, to destination: SocketAddress, now: Instant
    ) -> (bytes: [UInt8], destination: SocketAddress)? {
        let number = Self.box(before: destination.address)
        return boxes.withLock { boxes in
            guard boxes.indices.contains(number),
                let inner = boxes[number].translator.enter(
                    .datagram, at: destination.port, from: source, now: now)
            else { return nil }
            let rewriting = boxes[number].plan.rewriting
            guard rewriting != .none, SIPRewriter.isMessage(bytes) else { return (bytes, inner) }
            let rewriter = SIPRewriter(
                rewriting: rewriting, claimed: Self.claimed(inner.address), outer: destination)
            let rewritten = rewriter.inward(bytes) { port in
                let meant = boxes[number].translator.inner(at: port)
                return meant?.address == inner.address ? meant?.port : nil
            }
            return (rewritten, inner)
        }
    }

    /// Who is meant by a box's address, for news about a datagram that could not be delivered.
    func inner(of outer: SocketAddress) -> SocketAddress? {
        let number = Self.box(before: outer.address)
        return boxes.withLock { boxes in
            boxes.indices.contains(number) ? boxes[number].translator.inner(at: outer.port) : nil
        }
    }

    // MARK: Streams

    /// The way out for a new stream; nil where the box has no room for it.
    func open(
        from inner: SocketAddress, to remote: SocketAddress, now: Instant
    ) -> Crossing? {
        let number = Self.box(behind: inner.address)
        var isFull = false
        defer { if isFull { tellRefused(inner.address) } }
        return boxes.withLock { boxes in
            guard boxes.indices.contains(number),
                let port = boxes[number].translator.leave(
                    .stream, from: inner, to: remote, now: now)
            else {
                isFull = true
                return nil
            }
            let outer = SocketAddress(address: Self.outerAddress(of: number), port: port)
            return Crossing(box: number, inner: inner, outer: outer)
        }
    }

    /// False once the box has forgotten the stream: its bytes go nowhere, and nobody is told.
    func keeps(_ crossing: Crossing, now: Instant) -> Bool {
        boxes.withLock {
            $0[crossing.box].translator.keeps(crossing.outer.port, for: crossing.inner, now: now)
        }
    }

    // MARK: Faults

    /// How often all boxes have started anew.
    var life: Int { lifeCount.load(ordering: .relaxed) }

    func onRefusal(_ tell: @escaping @Sendable (IPAddress) -> Void) {
        refused.withLock { $0 = tell }
    }

    private func tellRefused(_ address: IPAddress) {
        refused.withLock { $0 }?(address)
    }

    /// Every box starts anew.
    func forgetAll() {
        lifeCount.add(1, ordering: .relaxed)
        boxes.withLock { boxes in
            for index in boxes.indices {
                boxes[index].translator.forgetAll(firstPort: Self.drawPort(random))
            }
        }
    }
}
