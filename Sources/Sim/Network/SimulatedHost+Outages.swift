import Platform

/// How a machine drops out of the network.
extension SimulatedHost {
    /// All listeners go, as when their process ends.
    ///
    /// - Parameter resettingStreams: the peers of open streams are told, as a kernel that lives on
    ///   does; otherwise they find out when they next send.
    func stopListening(resettingStreams: Bool) {
        for address in forgetListeners() { network.unbind(address) }
        network.abandonStreams(of: self, isTold: resettingStreams)
    }

    /// Nothing comes in or goes out.
    func cutOff() {
        network.block(from: address, to: nil)
        network.block(from: nil, to: address)
    }

    /// Ends one ``cutOff()``.
    func reconnect() {
        network.unblock(from: address, to: nil)
        network.unblock(from: nil, to: address)
    }
}

extension SimulatedNetwork {
    /// How long a sender goes on with a peer that does not answer.
    private static var streamPatience: Duration { .seconds(60) }
    /// How often an unanswered segment is sent again.
    private static var streamRetryPause: Duration { .seconds(3) }

    /// Resets every stream of a host, at both ends.
    func resetStreams(of host: SimulatedHost) {
        for ends in streams.ends(of: host) { resetStream(ends.own.flow, of: host) }
    }

    /// Resets one stream: here at once, at the other end when the news has come there.
    func resetStream(_ flow: Flow, of host: SimulatedHost) {
        let ends = streams.change(flow.connection, from: host) { own, other in (own, other) }
        guard let (own, other) = ends else { return }
        tellClosed(own, after: .zero)
        tellClosed(other, after: latency(from: own.host.address, to: other.host.address))
    }

    /// The process that held those streams is gone.
    func abandonStreams(of host: SimulatedHost, isTold: Bool) {
        for ends in streams.ends(of: host) {
            _ = streams.change(ends.own.flow.connection, from: host) { own, _ in
                own.isClosed = true
                own.isAbandoned = true
            }
            guard isTold else { continue }
            tellClosed(ends.other, after: latency(from: host.address, to: ends.other.host.address))
        }
    }

    /// Bytes have come to an end whose process is gone: its machine resets the stream, once it is up.
    func refuseBytes(for lost: SimulatedStreams.End, since began: Instant) {
        let other = streams.change(lost.flow.connection, from: lost.host) { _, other in other }
        guard let other, !other.isClosed else { return }
        let isUp =
            lost.host.isListening
            && !isObstructed(from: other.host.address, to: lost.host.address)
        if isUp || scheduler.now - began > Self.streamPatience {
            tellClosed(other, after: latency(from: lost.host.address, to: other.host.address))
        } else {
            scheduler.perform(after: Self.streamRetryPause) { [self] in
                refuseBytes(for: lost, since: began)
            }
        }
    }

    /// One end learns that the stream is gone.
    func tellClosed(_ end: SimulatedStreams.End, after delay: Duration) {
        let earliest = end.openSince + .microseconds(1) - scheduler.now
        scheduler.perform(after: max(delay, earliest)) { [self] in
            let wasOpen = streams.change(end.flow.connection, from: end.host) { own, _ in
                let wasOpen = !own.isClosed
                own.isClosed = true
                return wasOpen
            }
            if wasOpen == true { end.host.deliver(.closed(end.flow)) }
        }
    }
}
