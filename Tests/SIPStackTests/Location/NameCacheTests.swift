import Platform
import Testing

@testable import SIPStack

@Suite struct NameCacheTests {
    let question = NameQuestion("Sip.Example.", .a)
    let address = NameRecord.address(IPAddress(v4: 0xC000_0201))

    func at(_ seconds: Int64) -> Instant { Instant.start + .seconds(seconds) }

    @Test func `an answer is good for as long as it says, within bounds`() {
        var cache = NameCache()
        _ = cache.take(.records([address], lifetime: .seconds(60)), to: question, now: at(0))
        #expect(cache.answer(to: question, now: at(59)) != nil)
        #expect(cache.answer(to: question, now: at(60)) == nil)
        _ = cache.take(.records([address], lifetime: .zero), to: question, now: at(100))
        #expect(cache.answer(to: question, now: at(104)) != nil)
        #expect(cache.answer(to: question, now: at(105)) == nil)
        _ = cache.take(
            .records([address], lifetime: .seconds(1_000_000)), to: question, now: at(200))
        #expect(cache.answer(to: question, now: at(200 + 3600)) == nil)
    }

    @Test func `"nothing" is kept too, for five minutes at most`() {
        var cache = NameCache()
        _ = cache.take(.nothing(lifetime: .seconds(86_400)), to: question, now: at(0))
        #expect(
            cache.answer(to: question, now: at(299)) == .nothing(lifetime: .seconds(86_400)))
        #expect(cache.answer(to: question, now: at(300)) == nil)
    }

    @Test func `when nobody answers, what was known stands in for a day, RFC 8767`() {
        var cache = NameCache()
        let known = NameAnswer.records([address], lifetime: .seconds(60))
        _ = cache.take(known, to: question, now: at(0))
        #expect(cache.take(.failed(.timeout), to: question, now: at(70)) == known)
        #expect(cache.answer(to: question, now: at(74)) == known)
        #expect(cache.answer(to: question, now: at(75)) == nil)
        #expect(cache.take(.failed(.timeout), to: question, now: at(86_459)) == known)
        #expect(
            cache.take(.failed(.timeout), to: question, now: at(86_460)) == .failed(.timeout))
    }

    @Test func `a name that is gone is not kept alive`() {
        var cache = NameCache()
        _ = cache.take(.records([address], lifetime: .seconds(60)), to: question, now: at(0))
        _ = cache.take(.nothing(lifetime: .seconds(5)), to: question, now: at(61))
        #expect(cache.take(.failed(.timeout), to: question, now: at(70)) == .failed(.timeout))
    }

    @Test func `the cache is bounded; what runs out first goes first`() {
        var cache = NameCache()
        for number in 0...NameCache.limit {
            _ = cache.take(
                .records([address], lifetime: .seconds(Int64(100 + number % 50))),
                to: NameQuestion("n\(number)", .a), now: at(0))
        }
        #expect(cache.count == NameCache.limit)
        #expect(cache.answer(to: NameQuestion("n0", .a), now: at(1)) == nil)
        #expect(cache.answer(to: NameQuestion("n4096", .a), now: at(1)) != nil)
    }

    @Test func `a hop that failed is tried last for a while, never left out`() {
        var blocked = BlockedHops()
        let hops = (1...3).map {
            NextHop(.udp, SocketAddress(address: IPAddress(v4: UInt32($0)), port: 5060))
        }
        blocked.block(hops[0], for: nil, now: at(0))
        #expect(blocked.ordered(hops, now: at(29)) == [hops[1], hops[2], hops[0]])
        #expect(blocked.ordered(hops, now: at(30)) == hops)
        blocked.block(hops[1], for: .seconds(100_000), now: at(30))
        #expect(blocked.ordered(hops, now: at(600)).last == hops[1])
        #expect(blocked.ordered(hops, now: at(630)) == hops)
        blocked.block(hops[2], for: nil, now: at(630))
        blocked.free(hops[2])
        #expect(blocked.ordered(hops, now: at(631)) == hops)
        for number in 0..<2000 {
            let hop = NextHop(.tcp, SocketAddress(address: .loopbackV4, port: UInt16(number)))
            blocked.block(hop, for: nil, now: at(700))
        }
        #expect(blocked.count <= BlockedHops.limit)
    }
}
