import Platform

/// A leg on its way from one loop to another: ports, latches, counters and all. Whoever has it either
/// gives it to a core or closes its sockets.
public struct MovingLeg: Sendable {
    struct Stream: Sendable {
        var stream: RelayStream
        var details: RelayStreamDetails
        /// How its party is heard.
        var sound: SoundLine
        var sockets: DetachedSockets
    }

    public let leg: MediaLegID
    let sink: any MediaSink
    var streams: [Stream]

    /// The sockets that go with it.
    public var sockets: [DetachedSockets] { streams.map(\.sockets) }
}

/// A stream's pair of sockets between two loops, as the outside of a core names them.
public struct DetachedSockets: Equatable, Sendable {
    /// Index into ``MediaConfiguration/networks``.
    public var network: Int
    /// RTP's port; RTCP has the one above it.
    public var port: UInt16
    /// Descriptors; -1 where the outside has none.
    public var rtp: Int32
    public var rtcp: Int32
    /// RTP's of the other family.
    public var alternate: Alternate?

    /// One socket more, on another network.
    public struct Alternate: Equatable, Sendable {
        public var network: Int
        public var port: UInt16
        public var descriptor: Int32

        public init(network: Int, port: UInt16, descriptor: Int32 = -1) {
            self.network = network
            self.port = port
            self.descriptor = descriptor
        }
    }

    public init(network: Int, port: UInt16, rtp: Int32 = -1, rtcp: Int32 = -1) {
        self.network = network
        self.port = port
        self.rtp = rtp
        self.rtcp = rtcp
    }
}

/// Legs come and go between cores: two that shall be bridged must be in one.
extension MediaCore {
    /// Gives a leg away with its sockets; its bridge, and what it was played, end. Nil where it is not here.
    public mutating func release<Output: MediaOutput & ~Copyable>(
        _ leg: MediaLegID, now: Instant, into output: inout Output
    ) -> MovingLeg? {
        guard let index = legIndex[leg], let record = legs[index] else { return nil }
        unbridge(index)
        var moving = MovingLeg(leg: leg, sink: record.sink, streams: [])
        for slot in record.slots {
            if details[slot].detector.isPressed { pressedCount -= 1 }
            let generation = streams[slot].generation
            if let sockets = output.detach(slot: UInt32(slot), generation: generation) {
                moving.streams.append(
                    MovingLeg.Stream(
                        stream: streams[slot], details: details[slot],
                        sound: sounds[slot].onItsWay, sockets: sockets))
            }
            freeSlot(slot)
        }
        legIndex[leg] = nil
        forgetLeg(at: index)
        pruneTaps(now: now)
        return moving
    }

    /// Takes a leg with its sockets, and says so by `moved`. Where its sockets can't be watched here
    /// it is refused and closed.
    public mutating func adopt<Output: MediaOutput & ~Copyable>(
        _ moving: MovingLeg, now: Instant, into output: inout Output
    ) {
        if legIndex.isEmpty { beginScanning(now: now) }
        var slots: [Int] = []
        var isWatched = legIndex[moving.leg] == nil && legIndex.count < Self.maximumLegCount
        for moved in moving.streams {
            let slot = takeSlot()
            slots.append(slot)
            let generation = streams[slot].generation
            streams[slot] = moved.stream
            streams[slot].generation = generation
            details[slot] = moved.details
            sounds[slot] = moved.sound
            details[slot].moveCount &+= 1
            // Whatever was to be heard of it was so on the other loop.
            streams[slot].isTapped = false
            if details[slot].detector.isPressed { pressedCount += 1 }
            isWatched =
                output.attach(moved.sockets, slot: UInt32(slot), generation: generation)
                && isWatched
        }
        insert(RelayLeg(number: moving.leg, sink: moving.sink, slots: slots))
        guard isWatched else {
            output.deliver(.refused(moving.leg, .full), to: moving.sink)
            return close(moving.leg, now: now, into: &output)
        }
        output.deliver(.moved(moving.leg), to: moving.sink)
    }
}
