import Platform
import Testing

@testable import Media

/// A phone that speaks a tone in its codec and decodes what it hears.
final class TalkingPhone {
    let format: SoundFormat
    let rate: Int
    var milliseconds: Int { Int(format.packetTime.nanoseconds / 1_000_000) }
    let encoder: any SoundEncoder
    let decoder: any SoundDecoder
    var heard: [Int16] = []
    var packets: [RTPHeader] = []
    var sizes: [Int] = []
    private var said = 0
    private var sequence: UInt16 = 100
    private let hertz: Double
    /// How loud it speaks: the tone's highest sample.
    var level = 8_000.0

    init(_ format: SoundFormat, hertz: Double) throws {
        self.format = format
        self.hertz = hertz
        rate = format.kind.sampleRate
        encoder = try #require(format.kind.makeEncoder(sampleRate: rate))
        decoder = try #require(format.kind.makeDecoder(sampleRate: rate))
    }

    func next() -> [UInt8] {
        let count = rate * milliseconds / 1_000
        let tone = Tones.sine(hertz, from: said, count: count, sampleRate: rate, level: level)
        let payload = encoder.encoded(tone)
        let time = UInt32(said * format.kind.clockRate / rate)
        said += count
        sequence += 1
        return [0x80, format.payloadType, UInt8(sequence >> 8), UInt8(sequence & 0xFF)]
            + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: time >> UInt32($0)) }
            + [0, 0, 0, 7] + payload
    }

    func hear(_ bytes: [UInt8]) {
        guard let header = RTPHeader(bytes.span) else { return }
        packets.append(header)
        guard header.payloadType == format.payloadType else { return }
        sizes.append(header.payload.count)
        heard += decoder.decoded(Array(bytes[header.payload]))
    }
}
