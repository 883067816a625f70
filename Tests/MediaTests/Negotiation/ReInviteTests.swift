import Media
import Platform
import Testing

/// What happens in a call that stands.
struct ReInviteTests {
    @Test(arguments: [
        (["a=sendonly"], MediaDirection.sendOnly), (["a=inactive"], .inactive),
    ]) func `hold crosses to the other leg and back, resume too`(
        attributes: [String], direction: MediaDirection
    ) throws {
        var pair = try CallPair.standing()
        let held = try SDPTexts.audio(["8", "101 telephone-event/8000"], more: attributes)
        let offer = try pair.forward(held)
        #expect(offer.media[0].direction == direction)
        let answer = try pair.back(
            SDPTexts.audio(
                ["8"], address: "192.0.2.20",
                more: direction == .inactive ? ["a=inactive"] : ["a=recvonly"]))
        #expect(answer.media[0].direction == direction.reversed)
        let callee = pair.callee.streams(count: 1, signalling: nil)[0]
        #expect(!callee.remoteSends)
        #expect(callee.remoteReceives == (direction == .sendOnly))
        let caller = pair.caller.streams(count: 1, signalling: nil)[0]
        #expect(!caller.remoteReceives)
        // Resume.
        let again = try pair.forward(SDPTexts.audio(["8", "101 telephone-event/8000"]))
        #expect(again.media[0].direction == .sendReceive)
        _ = try pair.back(SDPTexts.audio(["8"], address: "192.0.2.20"))
        #expect(pair.caller.streams(count: 1, signalling: nil)[0].remoteReceives)
    }

    @Test func `a refresh says again what was said, with its version (RFC 4028 §7.4)`() throws {
        var pair = try CallPair.standing()
        let said = try #require(pair.callee.lastDescription)
        #expect(try pair.callee.repeatOffer(local: pair.calleeLocal) == said)
        #expect(throws: NegotiationError.offerPending) {
            try pair.callee.repeatOffer(local: pair.calleeLocal)
        }
        let narrow = try SDPTexts.audio(["8 PCMA/8000"], address: "192.0.2.20", port: 5000)
        try pair.callee.receiveAnswer(narrow)
        #expect(try pair.callee.repeatOffer(local: pair.calleeLocal) == said)
        let answered = try #require(pair.caller.lastDescription)
        #expect(try pair.caller.repeatOffer(local: pair.callerLocal) == answered)
    }

    @Test func `the old hold with 0.0.0.0 crosses as sendonly`() throws {
        var pair = try CallPair.standing()
        let offer = try pair.forward(SDPTexts.audio(["8"], address: "0.0.0.0"))
        #expect(offer.media[0].direction == .sendOnly)
        #expect(offer.connection?.address == IPAddress("198.51.100.1"))
        let answer = try pair.back(
            SDPTexts.audio(["8"], address: "192.0.2.20", more: ["a=recvonly"]))
        #expect(answer.media[0].direction == .receiveOnly)
        let caller = pair.caller.streams(count: 1, signalling: nil)[0]
        #expect(caller.remoteRTP == nil && !caller.remoteReceives)
    }

    @Test func `the callee may hold, while the caller keeps its own numbers`() throws {
        var pair = CallPair()
        _ = try pair.forward(SDPTexts.audio(["96 opus/48000/2", "8"]))
        _ = try pair.back(SDPTexts.audio(["107 opus/48000/2"], address: "192.0.2.20"))
        let wanted = try pair.callee.receiveOffer(
            SDPTexts.audio(["107 opus/48000/2"], address: "192.0.2.20", more: ["a=sendonly"]))
        let offer = try pair.caller.makeOffer(from: wanted, local: pair.callerLocal)
        #expect(offer.formats() == ["opus/48000/2=96"])
        #expect(offer.media[0].direction == .sendOnly)
        let given = try pair.caller.receiveAnswer(
            SDPTexts.audio(["96 opus/48000/2"], more: ["a=recvonly"]))
        let answer = try pair.callee.makeAnswer(from: given, local: pair.calleeLocal)
        #expect(answer.formats() == ["opus/48000/2=107"])
        #expect(answer.media[0].direction == .receiveOnly)
    }

    @Test func `a number once given is never given to another codec`() throws {
        var pair = CallPair()
        _ = try pair.forward(SDPTexts.audio(["96 opus/48000/2", "8"]))
        _ = try pair.back(SDPTexts.audio(["96 opus/48000/2", "8"], address: "192.0.2.20"))
        // The caller breaks the rule itself; towards the callee it is kept.
        let offer = try pair.forward(SDPTexts.audio(["96 speex/16000", "97 opus/48000/2", "8"]))
        #expect(offer.formats() == ["speex/16000=97", "opus/48000/2=96", "PCMA/8000=8"])
    }

    @Test func `a rejected re-INVITE leaves everything as it was`() throws {
        var pair = try CallPair.standing()
        let before = pair
        _ = try pair.forward(SDPTexts.audio(["0"], port: 4_444, more: ["a=sendonly"]))
        pair.caller.abandonOffer()
        pair.callee.abandonOffer()
        #expect(
            pair.caller.streams(count: 1, signalling: nil)
                == before.caller.streams(count: 1, signalling: nil))
        #expect(
            MediaBridge(from: pair.caller, to: pair.callee)
                == MediaBridge(from: before.caller, to: before.callee))
        // And the next one works, with a version above the abandoned one's.
        let next = try pair.forward(SDPTexts.audio(["8", "101 telephone-event/8000"]))
        #expect(next.origin.version == "3")
    }

    @Test func `T.38 replaces audio in its place, and gives it back`() throws {
        var pair = try CallPair.standing()
        let fax = try SessionDescription(parsing: SDPTexts.fax)
        let offer = try pair.forward(fax)
        #expect(offer.media.count == 1)
        #expect(offer.media[0].kind == .image)
        #expect(offer.media[0].port == 20_100)
        #expect(offer.media[0].formats == ["t38"])
        #expect(offer.media[0].attributes == fax.media[0].attributes)
        var theirs = fax
        theirs.connection = SDPConnection(IPAddress(v4: 0xC000_0214))
        let answer = try pair.back(theirs)
        #expect(answer.media[0].kind == .image && answer.media[0].port == 20_000)
        #expect(pair.callee.streams(count: 1, signalling: nil)[0].transport == .udptl)
        #expect(MediaBridge(from: pair.caller, to: pair.callee).streams.map(\.number) == [0])
        let audio = try pair.forward(SDPTexts.audio(["8"]))
        #expect(audio.media.map(\.kind) == [.audio])
        #expect(audio.media[0].profile == .rtpAVP)
        _ = try pair.back(SDPTexts.audio(["8"], address: "192.0.2.20"))
        #expect(pair.callee.streams(count: 1, signalling: nil)[0].transport == .rtp)
    }

    @Test func `T.38 on a second line takes over the relay's stream of refused audio`() throws {
        var pair = try CallPair.standing()
        var offer = try SessionDescription(parsing: SDPTexts.fax)
        offer.media.insert(
            MediaDescription(kind: .audio, port: 0, profile: .rtpAVP, formats: ["8"]), at: 0)
        let forwarded = try pair.forward(offer)
        #expect(forwarded.media.map(\.kind) == [.image])
        #expect(forwarded.media[0].port == 20_100)
        let answer = try pair.back(try SessionDescription(parsing: SDPTexts.fax))
        #expect(answer.media.map(\.kind) == [.audio, .image])
        #expect(answer.media.map(\.port) == [0, 20_000])
    }

    @Test func `an INVITE without an offer: the callee is offered all, the caller what it took`()
        throws
    {
        var pair = CallPair()
        let offer = try pair.callee.makeOffer(
            from: .supported(by: pair.callee.policy), local: pair.calleeLocal)
        #expect(
            offer.formats() == [
                "PCMA/8000=8", "PCMU/8000=0", "G722/8000=9", "opus/48000/2=96",
                "telephone-event/8000=101", "telephone-event/48000=97",
            ])
        let given = try pair.callee.receiveAnswer(
            SDPTexts.audio(["8", "0", "101 telephone-event/8000"], address: "192.0.2.20"))
        let toCaller = try pair.caller.makeOffer(from: given, local: pair.callerLocal)
        #expect(
            toCaller.formats() == ["PCMA/8000=8", "PCMU/8000=0", "telephone-event/8000=101"])
        try pair.caller.receiveAnswer(SDPTexts.audio(["8"]))
        #expect(!pair.callee.needsNewOffer(for: pair.caller))
        #expect(
            MediaBridge(from: pair.caller, to: pair.callee).streams[0].forward.pairs
                == [PayloadMap.Pair(received: 8, sent: 8)])
    }

    @Test func `a caller that took less than the callee may send needs a new offer there`() throws {
        var pair = CallPair()
        _ = try pair.callee.makeOffer(
            from: .supported(by: pair.callee.policy), local: pair.calleeLocal)
        let given = try pair.callee.receiveAnswer(
            SDPTexts.audio(["8", "0"], address: "192.0.2.20"))
        _ = try pair.caller.makeOffer(from: given, local: pair.callerLocal)
        try pair.caller.receiveAnswer(SDPTexts.audio(["0"]))
        #expect(pair.callee.needsNewOffer(for: pair.caller))
        let offer = try pair.callee.makeOffer(
            from: pair.caller.proposal, local: pair.calleeLocal)
        #expect(offer.formats() == ["PCMU/8000=0"])
        try pair.callee.receiveAnswer(SDPTexts.audio(["0"], address: "192.0.2.20"))
        #expect(!pair.callee.needsNewOffer(for: pair.caller))
    }

    @Test func `a re-INVITE without an offer can end a hold of one's own`() throws {
        var pair = try CallPair.standing()
        _ = try pair.forward(SDPTexts.audio(["8"], more: ["a=sendonly"]))
        _ = try pair.back(SDPTexts.audio(["8"], address: "192.0.2.20", more: ["a=recvonly"]))
        // The callee would still send if it were let: that is what the caller is offered.
        let offer = try pair.caller.makeOffer(
            from: pair.callee.proposal, local: pair.callerLocal)
        #expect(offer.media[0].direction == .sendReceive)
        try pair.caller.receiveAnswer(SDPTexts.audio(["8"]))
        #expect(pair.callee.needsNewOffer(for: pair.caller))
        let resumed = try pair.callee.makeOffer(
            from: pair.caller.proposal, local: pair.calleeLocal)
        #expect(resumed.media[0].direction == .sendReceive)
    }

    @Test func `a refresh that changes nothing is answered from what stands`() throws {
        var pair = try CallPair.standing()
        let before = pair.caller.lastDescription
        _ = try pair.caller.receiveOffer(
            SDPTexts.audio(["8", "0", "101 telephone-event/8000"]))
        let answer = try pair.caller.makeAnswer(
            from: pair.callee.proposal, local: pair.callerLocal)
        #expect(answer == before)
        #expect(!pair.callee.needsNewOffer(for: pair.caller))
    }

    @Test func `a stream that ends keeps its line, and may come back there`() throws {
        var pair = try CallPair.standing()
        var ended = try SDPTexts.audio(["8"])
        ended.media[0].port = 0
        let offer = try pair.forward(ended)
        #expect(offer.media.map(\.port) == [0])
        let answer = try pair.back(offer)
        #expect(answer.media.map(\.port) == [0])
        let again = try pair.forward(SDPTexts.audio(["8"]))
        #expect(again.media.map(\.port) == [20_100])
    }
}
