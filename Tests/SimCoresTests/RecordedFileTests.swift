import Testing

@testable import Media
@testable import Sim

/// What a recording's file says of itself.
struct RecordedFileTests {
    /// Five seconds of nothing, of two tracks.
    private func ogg() throws -> [UInt8] {
        let encoder = try #require(OggOpusEncoder(trackCount: 2, serial: 7))
        let samples = [Int16](repeating: 0, count: 2 * 250 * SoundReel.frameSize)
        return encoder.begin() + encoder.encode(samples, frameCount: 250) + encoder.end()
    }

    @Test func `an Ogg is as long as what was said, but for what its decoder leaves out`() throws {
        let length = try RecordedFile.length(of: ogg(), named: "a.opus")
        #expect(length <= .seconds(5))
        #expect(length >= .milliseconds(4_980))
    }

    @Test func `an Ogg that ends within a page, or misses one, can't be played`() throws {
        let whole = try ogg()
        #expect(throws: RecordedFile.Fault.self) {
            try RecordedFile.length(of: Array(whole.dropLast(30)), named: "a.opus")
        }
        let third = try #require(
            whole.indices.dropLast(4).filter { whole[$0..<$0 + 4].elementsEqual("OggS".utf8) }
                .dropFirst(3).first)
        let second = try #require(OggPage.length(at: third, of: whole))
        let missing = Array(whole[..<third] + whole[(third + second)...])
        #expect(throws: RecordedFile.Fault.self) {
            try RecordedFile.length(of: missing, named: "a.opus")
        }
    }

    @Test func `a WAV that is longer than it says can't be played`() {
        #expect(throws: RecordedFile.Fault.self) {
            try RecordedFile.length(of: [UInt8](repeating: 0, count: 100), named: "a.wav")
        }
    }
}
