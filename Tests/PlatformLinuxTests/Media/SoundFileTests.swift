import Foundation
import Media
import Platform
import Testing

@testable import PlatformLinux

/// Files of sound: read, converted, played to who waits, spoken where nobody recorded them.
struct SoundFileTests {
    /// A folder of its own, gone with the test.
    private final class Place {
        let path: String

        init() throws {
            path = NSTemporaryDirectory() + "/sound-\(KernelRandom().next())"
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        /// A WAV of 16 bits by hand: each channel's value in each frame.
        func write(_ name: String, rate: Int, values: [Int16], frames: Int) throws {
            func little(_ value: Int, _ count: Int) -> [UInt8] {
                (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
            }
            let size = frames * values.count * 2
            var bytes = Array("RIFF".utf8) + little(36 + size, 4) + Array("WAVEfmt ".utf8)
            bytes += little(16, 4) + little(1, 2) + little(values.count, 2) + little(rate, 4)
            bytes += little(rate * values.count * 2, 4) + little(values.count * 2, 2)
            bytes += little(16, 2) + Array("data".utf8) + little(size, 4)
            for _ in 0..<frames { for value in values { bytes += little(Int(value), 2) } }
            try Data(bytes).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
        }
    }

    private final class Silent: EventRecorder {
        let level = RecordedEvent.Level.error
        func record(_ event: RecordedEvent) {}
    }

    private func plan(_ place: Place, _ program: String) -> SpokenPromptPlan {
        SpokenPromptPlan(
            language: "en", folder: "\(place.path)/spoken", program: program,
            recorder: Silent(), words: { $0 == "known" ? "words" : nil })
    }

    @Test func `two channels of 44.1 kHz become one of 16 kHz, and are written as such`() throws {
        let place = try Place()
        try place.write("a.wav", rate: 44_100, values: [1_000, 3_000], frames: 44_100)
        let clip = try SoundFile.clip(at: "\(place.path)/a.wav")
        #expect(abs(clip.samples.count - 16_000) <= 1)
        #expect(clip.samples[4_000..<12_000].allSatisfy { abs(Int($0) - 2_000) < 5 })
        try SoundFile.write(clip, to: "\(place.path)/b.wav")
        #expect(try SoundFile.clip(at: "\(place.path)/b.wav").samples == clip.samples)
    }

    @Test func `what is no sound is refused in words`() throws {
        let place = try Place()
        try Data("no sound".utf8).write(to: URL(fileURLWithPath: "\(place.path)/a.wav"))
        try place.write("b.wav", rate: 8_000, values: [1], frames: 0)
        try place.write("c.wav", rate: 100, values: [1], frames: 100)
        for name in ["a.wav", "b.wav", "c.wav", "none.wav"] {
            #expect(throws: SoundFile.Failure.self) {
                try SoundFile.clip(at: "\(place.path)/\(name)")
            }
        }
    }

    @Test func `music is what lies in the folder, by name, without what is no sound`() throws {
        let place = try Place()
        try place.write("2.wav", rate: 16_000, values: [2_000], frames: 1_600)
        try place.write("1.wav", rate: 8_000, values: [1_000], frames: 800)
        try Data("no sound".utf8).write(to: URL(fileURLWithPath: "\(place.path)/3.wav"))
        let folder = try MusicFolder(
            folder: place.path, isShared: true, time: SystemTime(), recorder: Silent())
        folder.settle()
        let playlist = folder.playlist
        #expect(playlist?.manner == .endlessTogether)
        #expect(playlist?.clips.map { $0.samples[800] } == [1_000, 2_000])
    }

    @Test func `an empty folder, or none, is no music`() throws {
        let place = try Place()
        for path in [place.path, "\(place.path)/none"] {
            let folder = try MusicFolder(
                folder: path, isShared: false, time: SystemTime(), recorder: Silent())
            folder.settle()
            #expect(folder.playlist == nil)
        }
    }

    @Test func `what nobody recorded is spoken once and kept`() throws {
        let place = try Place()
        try place.write("voice.wav", rate: 22_050, values: [700], frames: 2_205)
        let program = "\(place.path)/voice"
        let script = """
            #!/bin/sh
            echo spoken >> \(place.path)/count
            while [ "$1" != -w ]; do shift; done
            cp \(place.path)/voice.wav "$2"
            """
        try script.write(toFile: program, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o700], ofItemAtPath: program)
        for _ in 0..<2 {
            let prompts = SpokenPrompts(plan(place, program))
            #expect(prompts.clip("known")?.samples[800] == 700)
            #expect(prompts.clip("unknown") == nil)
        }
        let count = try String(contentsOfFile: "\(place.path)/count", encoding: .utf8)
        #expect(count == "spoken\n")
    }

    @Test(arguments: ["/no/such/program", "false"])
    func `without a voice prompts are missing, and nothing breaks`(program: String) throws {
        let place = try Place()
        let prompts = SpokenPrompts(plan(place, program))
        #expect(prompts.clip("known") == nil && prompts.clip("known") == nil)
    }
}
