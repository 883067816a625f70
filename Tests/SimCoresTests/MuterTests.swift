import PBX
import Platform
import Testing

@testable import Sim

/// When an administrator mutes people in conferences, and when that ends.
struct MuterTests {
    private let calls = (1...9).compactMap { CallID("0000000000000000000000000\($0)") }

    private func at(_ look: Int) -> Instant { .start + .seconds(10 * look) }

    @Test func `whoever is muted is muted once, and heard again after one to three looks`() {
        var muter = Muter(random: SimulatedRandom(seed: 1, purpose: "test"))
        var muted: [CallID: Int] = [:]
        var endings = 0
        for look in 0..<100 {
            for order in muter.look(at: calls) {
                muter.note(order.callID, isOn: order.isOn, isDone: true, now: at(look))
                if order.isOn {
                    #expect(muted.updateValue(look, forKey: order.callID) == nil)
                } else if let begun = muted.removeValue(forKey: order.callID) {
                    #expect((1...3).contains(look - begun))
                    endings += 1
                }
            }
        }
        #expect(calls.count == 9)
        #expect(endings > 100)
        #expect(muter.mutings.count { $0.ended != nil } == endings)
        #expect(muter.mutings.count { $0.ended == nil } == muted.count)
    }

    @Test func `a call that is in no conference is not muted, and one that is over not unmuted`() {
        var muter = Muter(random: SimulatedRandom(seed: 1, purpose: "test"))
        for order in muter.look(at: calls) {
            muter.note(order.callID, isOn: order.isOn, isDone: false, now: at(0))
        }
        #expect(muter.mutings.isEmpty)
        var first: CallID?
        for look in 1..<50 {
            for order in muter.look(at: first == nil ? calls : []) {
                first = first ?? order.callID
                muter.note(
                    order.callID, isOn: order.isOn, isDone: order.isOn, now: at(look))
            }
        }
        #expect(first != nil)
        #expect(muter.mutings.allSatisfy { $0.ended == nil })
        #expect(muter.look(at: []).isEmpty)
    }
}
