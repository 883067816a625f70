// Live [SECONDS]: the processor's time of a call-minute as calls cost it in the end: one thread of
// `MediaLoops`, its sockets on loopback, packets in real time; relayed, recorded, turned into another
// codec, and a party-minute of a conference of 32. The time is the loop's own thread's. Then how long sound is
// under way inside.
import Glibc
import Measuring
import Media

/// What is measured.
struct Case {
    var name: String
    /// Of the two parties of each call; of all parties of a room the first.
    var kinds: [SoundKind]
    var calls: Int
    var isRecorded = false
    var isRoom = false
    /// The most that it may cost, in seconds a minute.
    var limit: Double?
}

let cases = [
    Case(name: "PCMA, relayed", kinds: [.pcma, .pcma], calls: 50),
    Case(name: "PCMA, relayed and recorded", kinds: [.pcma, .pcma], calls: 50, isRecorded: true),
    Case(name: "PCMA and G.722", kinds: [.pcma, .g722], calls: 40, limit: 0.12),
    Case(name: "PCMA and Opus", kinds: [.pcma, .opus], calls: 20, limit: 0.5),
    Case(
        name: "conference of 32, PCMA, all speak", kinds: [.pcma], calls: 16, isRoom: true,
        limit: 0.06),
    Case(name: "conference of 32, Opus, all speak", kinds: [.opus], calls: 16, isRoom: true),
]

/// Seconds of the loop a call-minute (of a room: a party-minute), and what part of the packets came.
func cost(_ one: Case, seconds: Int) -> (cost: Double, heard: Double) {
    guard let bench = try? Bench(one) else { fail("no media loop") }
    defer { bench.end() }
    // The first second is for jitter buffers to fill.
    for beat in 0..<50 { _ = bench.speak(beat) }
    let before = processorTime(ofThreads: "media-")
    let heard = (50..<(50 * (seconds + 1))).reduce(0) { $0 + bench.speak($1) }
    let spent = Double(processorTime(ofThreads: "media-") - before) / 1e9
    let minutes = Double(seconds) / 60 * Double(one.isRoom ? bench.legCount : one.calls)
    return (spent / minutes, Double(heard) / Double(50 * seconds * bench.legCount))
}

let seconds = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 10
var isGood = true
for one in cases {
    let found = cost(one, seconds: seconds)
    let name = one.name + String(repeating: " ", count: max(0, 36 - one.name.utf8.count))
    let figure = (found.cost * 10_000).rounded() / 10_000
    let limit = one.limit.map { ", at most \($0)" } ?? ""
    print("\(name) \(figure) s a \(one.isRoom ? "party" : "call")-minute\(limit)", terminator: "")
    print(" (\(Int(found.heard * 100)) % came back)")
    if let limit = one.limit, found.cost > limit { isGood = false }
}
print("")
for way in Way.allCases {
    let found = delay(way)
    let limit = way.limit
    let spread =
        "\(found[found.count / 2]) us, at most \(found[found.count * 19 / 20]) for 19 of 20"
    print("delay by \(way.rawValue): \(spread); wanted \(limit) us")
    if found[found.count / 2] > limit { isGood = false }
}
exit(isGood ? 0 : 1)
