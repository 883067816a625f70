import Foundation

@testable import Media

/// Test signals and what became of them.
enum Tones {
    static func sine(
        _ hertz: Double, from first: Int = 0, count: Int, sampleRate: Int, level: Double = 8_000
    ) -> [Int16] {
        (first..<first + count).map {
            Int16(level * sin(2 * Double.pi * hertz * Double($0) / Double(sampleRate)))
        }
    }

    /// A voice of a kind: 130 Hz that sways, its overtones, louder and softer.
    static func voice(count: Int, sampleRate: Int) -> [Int16] {
        var phase = 0.0
        return (0..<count).map { index in
            let time = Double(index) / Double(sampleRate)
            phase += 2 * Double.pi * (130 + 20 * Foundation.sin(9 * time)) / Double(sampleRate)
            let sum = (1...12).reduce(0.0) { $0 + Foundation.sin(Double($1) * phase) / Double($1) }
            return Int16(4_000 * (1.2 + Foundation.sin(14 * time)) * sum / 2)
        }
    }

    /// Decibels of one tone against all else in the samples.
    static func purity(_ samples: ArraySlice<Int16>, _ hertz: Double, sampleRate: Int) -> Double {
        var cosine = 0.0
        var sine = 0.0
        var all = 0.0
        for (index, sample) in samples.enumerated() {
            let angle = 2 * Double.pi * hertz * Double(index) / Double(sampleRate)
            cosine += Double(sample) * cos(angle)
            sine += Double(sample) * Foundation.sin(angle)
            all += Double(sample) * Double(sample)
        }
        let tone = 2 * (cosine * cosine + sine * sine) / Double(samples.count)
        return 10 * log10((tone + 1e-9) / max(all - tone, 1e-9))
    }

    static func level(_ samples: ArraySlice<Int16>) -> Double {
        let sum = samples.reduce(0.0) { $0 + Double($1) * Double($1) }
        return (sum / Double(max(samples.count, 1))).squareRoot()
    }
}

extension SoundEncoder {
    func encoded(_ samples: [Int16]) -> [UInt8] {
        var payload = [UInt8](repeating: 0, count: SoundLimits.samplesInPacket * 2)
        var span = payload.mutableSpan
        let count = encode(samples.span, into: &span)
        return Array(payload.prefix(count))
    }
}

extension SoundDecoder {
    func decoded(_ payload: [UInt8], room: Int = SoundLimits.samplesInPacket) -> [Int16] {
        var samples = [Int16](repeating: 0, count: room)
        var span = samples.mutableSpan
        let count = decode(payload.span, into: &span)
        return Array(samples.prefix(count))
    }

    func recovered(_ count: Int, before payload: [UInt8]) -> [Int16] {
        var samples = [Int16](repeating: 0, count: count)
        var span = samples.mutableSpan
        let made = recover(count, before: payload.span, into: &span)
        return Array(samples.prefix(made))
    }

    func concealed(_ count: Int) -> [Int16] {
        var samples = [Int16](repeating: 0, count: count)
        var span = samples.mutableSpan
        let made = conceal(count, into: &span)
        return Array(samples.prefix(made))
    }
}
