import Platform
import Testing

@testable import SIPStack

/// Streams to somebody who must be certified for a name.
@Suite struct CertifiedStreamTests {
    private let plain = StreamTarget(transport: .tls, remote: Fixture.phone)
    private var named: StreamTarget { named("provider.example") }

    private func named(_ name: String) -> StreamTarget {
        StreamTarget(transport: .tls, remote: Fixture.phone, name: name)
    }

    private func flow(_ number: UInt64) -> Flow {
        Flow(
            transport: .tls, listener: 0, local: Fixture.phone, remote: Fixture.phone,
            connection: number)
    }

    @Test func `a stream to anybody is not used where a name was asked for`() {
        let table = StreamTable(limits: MessageLimits())
        _ = table.opened(flow(1), attempt: nil)
        #expect(table.flow(to: plain) == flow(1))
        #expect(table.flow(to: named) == nil)
        guard case .begin(let attempt) = table.want(named, shard: 0) else {
            Issue.record("an attempt begins")
            return
        }
        #expect(table.opened(flow(2), attempt: attempt)?.0 == named)
        #expect(table.flow(to: named) == flow(2))
        #expect(table.flow(to: named("other.example")) == nil)
        #expect(table.closed(flow(2)))
        #expect(table.flow(to: named) == nil)
    }

    @Test func `a hop by TLS leads to whom it is certified for, and is one place all the same`() {
        let hop = NextHop(.tls, Fixture.phone, certifiedName: "provider.example")
        #expect(hop.destination == .certified(Fixture.phone, name: "provider.example"))
        #expect(NextHop(.tls, Fixture.phone).destination == .address(.tls, Fixture.phone))
        let other = NextHop(.udp, Fixture.phone, certifiedName: "provider.example")
        #expect(other.destination == .address(.udp, Fixture.phone))
        #expect(hop.bare == NextHop(.tls, Fixture.phone))
    }
}
