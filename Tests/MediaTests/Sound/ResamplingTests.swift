import Platform
import Testing

@testable import Media

/// Sounds of any rate, and playlists without end.
struct ResamplingTests {
    @Test(arguments: [8_000, 11_025, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000])
    func `a tone of any rate is the same tone at 16 kHz`(rate: Int) throws {
        let tone = Tones.sine(1_000, count: rate, sampleRate: rate)
        let made = try #require(Resampling.wide(tone, from: rate))
        #expect(abs(made.count - 16_000) <= 1)
        #expect(Tones.purity(made[1_000..<15_000], 1_000, sampleRate: 16_000) > 45)
        #expect((5_500...5_800).contains(Tones.level(made[1_000..<15_000])))
    }

    @Test(arguments: [22_050, 44_100, 48_000])
    func `what 16 kHz can't carry is left out, not folded`(rate: Int) throws {
        let tone = Tones.sine(10_000, count: rate, sampleRate: rate)
        let made = try #require(Resampling.wide(tone, from: rate))
        #expect(Tones.level(made[1_000..<15_000]) < 10)
    }

    @Test func `a strange rate is refused, silence of no length is nothing`() {
        #expect(Resampling.wide([1, 2, 3], from: 0) == nil)
        #expect(Resampling.wide([1, 2, 3], from: 1_000_000) == nil)
        #expect(Resampling.wide([], from: 44_100) == [])
        #expect(Resampling.wide([5, 6], from: 16_000) == [5, 6])
        // Prime to 16,000: the table would be large, the sound is not.
        #expect(Resampling.wide([Int16](repeating: 9, count: 15_999), from: 15_999) != nil)
    }

    /// The first sample of each clip tells which it is.
    private static func playlist(_ manner: SoundPlaylist.Manner) -> SoundPlaylist {
        SoundPlaylist(
            [1, 2, 3].map { SoundClip(samples: [Int16](repeating: $0, count: 500)) },
            manner: manner)
    }

    private static func heard(_ player: inout ClipPlayer, frames: Int) -> [Int16] {
        var all: [Int16] = []
        for _ in 0..<frames {
            var frame = [Int16](repeating: 0, count: 320)
            var span = frame.mutableSpan
            player.make(sampleRate: 16_000, into: &span)
            all += frame
        }
        return all
    }

    @Test func `a playlist without end begins again, each time`() {
        var player = ClipPlayer(Self.playlist(.endless), now: .start + .seconds(7))
        let heard = Self.heard(&player, frames: 15)
        #expect(!player.isOver)
        #expect(heard[0] == 1 && heard[600] == 2 && heard[1_100] == 3 && heard[1_600] == 1)
        #expect(heard[3_100] == 1 && !heard.contains(0))
        var once = ClipPlayer(Self.playlist(.once), now: .start)
        #expect(Self.heard(&once, frames: 6).last == 0 && once.isOver)
        #expect(SoundPlaylist([], manner: .endless).manner == .once)
    }

    @Test func `who hears a playlist together is at the same place, whoever comes when`() {
        let list = Self.playlist(.endlessTogether)
        var first = ClipPlayer(list, now: .start + .milliseconds(20_000))
        let before = Self.heard(&first, frames: 50)
        var second = ClipPlayer(list, now: .start + .milliseconds(20_400))
        #expect(Array(before[(20 * 320)...]) == Self.heard(&second, frames: 30))
    }
}
