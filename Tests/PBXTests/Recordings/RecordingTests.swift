import Platform
import Synchronization
import Testing

@testable import Media
@testable import PBX

/// Recordings on their way to a file, on disks of every kind.
struct RecordingTests {
    private let folder = MemoryFolder()

    private func plan(_ format: RecordingFormat) -> RecordingPlan {
        RecordingPlan(folder: folder, lane: ImmediateLane(), format: format, kept: 1_000)
    }

    private func writer(
        _ format: RecordingFormat, reel: SoundReel, name: String = "one"
    ) throws -> RecordingWriter {
        let order = RecordingOrder(name: name, reel: reel) { _ in }
        return try #require(RecordingWriter(order, plan: plan(format), serial: 7))
    }

    /// One value on each track.
    private func speak(_ frames: Int, _ values: [Int16], on reel: SoundReel) {
        for _ in 0..<frames {
            guard let frame = reel.next() else { continue }
            for (track, value) in values.enumerated() {
                for place in 0..<SoundReel.frameSize {
                    frame[track * SoundReel.frameSize + place] = value
                }
            }
            reel.commit()
        }
    }

    private func words(_ file: [UInt8]) -> [Int16] {
        stride(from: 44, to: file.count - 1, by: 2).map {
            Int16(truncatingIfNeeded: Int(file[$0]) | Int(file[$0 + 1]) << 8)
        }
    }

    private func size(_ file: [UInt8], at offset: Int) -> Int {
        (0..<4).reduce(0) { $0 | Int(file[offset + $1]) << (8 * $1) }
    }

    @Test func `both sides are in one track, or in one each, and the header tells the truth`()
        throws
    {
        for isSeparate in [false, true] {
            let reel = SoundReel(trackCount: 2)
            let format = RecordingFormat(container: .wav, isSeparate: isSeparate)
            let writer = try writer(format, reel: reel, name: "\(isSeparate)")
            speak(3, [1_000, -20], on: reel)
            #expect(writer.write() == RecordingOutcome())
            speak(2, [30_000, 9_000], on: reel)
            #expect(writer.finish() == RecordingOutcome())
            #expect(reel.isClosed)
            let file = try #require(folder.files["\(isSeparate).wav"])
            let samples = words(file)
            #expect(size(file, at: 4) == file.count - 8)
            #expect(size(file, at: 40) == file.count - 44)
            #expect(samples.count == 5 * 320 * (isSeparate ? 2 : 1))
            #expect(Array(samples.prefix(2)) == (isSeparate ? [1_000, -20] : [980, 980]))
            // Too loud together: limited, not wrapped.
            #expect(Array(samples.suffix(2)) == (isSeparate ? [30_000, 9_000] : [32_767, 32_767]))
        }
    }

    @Test func `what a slow disk had no time for is silence, is counted, and nobody waits`() throws
    {
        let reel = SoundReel(trackCount: 1)
        let writer = try writer(RecordingFormat(), reel: reel)
        speak(SoundReel.capacity + 50, [500], on: reel)
        #expect(writer.write() == RecordingOutcome(droppedCount: 50))
        speak(1, [700], on: reel)
        _ = writer.finish()
        let samples = words(try #require(folder.files["one.wav"]))
        #expect(samples.count == (SoundReel.capacity + 51) * 320)
        #expect(samples[SoundReel.capacity * 320 - 1] == 500)
        #expect(samples[SoundReel.capacity * 320] == 0)
        #expect(samples[(SoundReel.capacity + 50) * 320] == 700)
    }

    @Test(arguments: RecordingFormat.Container.allCases)
    func `a file that a crash cut off anywhere is whole after the repair`(
        container: RecordingFormat.Container
    ) throws {
        let reel = SoundReel(trackCount: 1)
        let format = RecordingFormat(container: container)
        let writer = try writer(format, reel: reel)
        for _ in 0..<3 {
            speak(50, [900], on: reel)
            _ = writer.write()
        }
        let part = "one\(format.fileSuffix).part"
        let whole = try #require(folder.files[part])
        var lengths: Set<Int> = []
        let step = container == .wav ? 997 : 61
        for length in Array(stride(from: 0, to: whole.count, by: step)) + [whole.count] {
            folder.disk.withLock { $0.files = [part: Array(whole.prefix(length))] }
            let (repaired, failed) = RecordingWriter.repair(folder)
            #expect(failed.isEmpty)
            guard let name = repaired.first else {
                #expect(folder.files.isEmpty)
                continue
            }
            let file = try #require(folder.files[name])
            lengths.insert(file.count)
            switch container {
            case .wav:
                #expect(file.count >= length - 1 && size(file, at: 40) == file.count - 44)
                #expect(file.count % 2 == 0)
            case .opus:
                var start = 0
                while let page = OggPage.length(at: start, of: file) { start += page }
                #expect(start == file.count)
            }
        }
        #expect(lengths.max() == whole.count)
        #expect(container == .wav || lengths.count == 3)
    }

    @Test func `a full disk ends the recording, and what was said before can be played`() throws {
        for container in RecordingFormat.Container.allCases {
            folder.disk.withLock { $0 = MemoryFolder.Disk() }
            let reel = SoundReel(trackCount: 1)
            let writer = try writer(RecordingFormat(container: container), reel: reel)
            speak(50, [900], on: reel)
            #expect(writer.write().failure == nil)
            let before = try #require(folder.files.values.first).count
            folder.disk.withLock { $0.room = 100 }
            speak(50, [900], on: reel)
            #expect(writer.write().failure == .diskFull)
            _ = writer.finish()
            let file = try #require(folder.files["one.\(container.rawValue)"])
            #expect(file.count >= before)
            if container == .wav { #expect(size(file, at: 40) == file.count - 44) }
        }
    }

    @Test func `a disk that is full from the first byte on gets no empty file`() throws {
        folder.disk.withLock { $0.room = 10 }
        let reel = SoundReel(trackCount: 1)
        let writer = try writer(RecordingFormat(container: .opus), reel: reel)
        #expect(writer.write().failure == .diskFull)
        #expect(writer.finish().failure == .diskFull)
        #expect(folder.files.isEmpty)
    }

    @Test func `a disk that had room for nothing but the head of a recording gets no file`() throws
    {
        for container in RecordingFormat.Container.allCases {
            folder.disk.withLock { $0 = MemoryFolder.Disk() }
            let reel = SoundReel(trackCount: 1)
            let writer = try writer(RecordingFormat(container: container), reel: reel)
            #expect(writer.write().failure == nil)
            folder.disk.withLock { $0.room = 0 }
            speak(50, [900], on: reel)
            #expect(writer.write().failure == .diskFull)
            _ = writer.finish()
            #expect(folder.files.isEmpty)
        }
    }

    @Test func `recordings leave room for the calls themselves`() throws {
        folder.disk.withLock { $0.free = 999 }
        let reel = SoundReel(trackCount: 1)
        #expect(try writer(RecordingFormat(), reel: reel).write().failure == .lowSpace(999))
    }

    @Test func `files of others are left alone by the repair`() {
        folder.disk.withLock {
            $0.files = ["notes.part": [1, 2], "a.wav": [3], "b.wav.part": [], "c.opus.part": [9]]
        }
        #expect(RecordingWriter.repair(folder).repaired.isEmpty)
        #expect(folder.files == ["notes.part": [1, 2], "a.wav": [3]])
    }

    @Test func `a file of half a sample is none`() {
        let head = WaveFile.header(trackCount: 1, sampleRate: 16_000)
        folder.disk.withLock { $0.files = ["a.wav.part": head + [7]] }
        let (repaired, failed) = RecordingWriter.repair(folder)
        #expect(repaired.isEmpty && failed.isEmpty && folder.files.isEmpty)
    }

    @Test func `what was said is not thrown away because its beginning is damaged`() {
        let noise = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
        folder.disk.withLock { $0.files = ["a.wav.part": noise, "b.opus.part": noise] }
        let before = folder.files
        let (repaired, failed) = RecordingWriter.repair(folder)
        #expect(repaired.isEmpty && failed.count == 2)
        #expect(failed.allSatisfy { $0.contains("is left as it is") })
        #expect(folder.files == before)
    }

    // MARK: The life

    private func feed(
        _ life: inout RecordingLife, _ event: RecordingLife.Event
    ) -> [RecordingLife.Effect] {
        life.handle(event)
    }

    @Test func `one piece of work at a time, however slow the disk is, and one end`() {
        var life = RecordingLife()
        #expect(feed(&life, .tick) == [.write])
        #expect(feed(&life, .tick) == [])
        #expect(feed(&life, .written(RecordingOutcome(droppedCount: 3))) == [.tellDropped(3)])
        #expect(feed(&life, .tick) == [.write])
        #expect(feed(&life, .ended) == [])
        #expect(feed(&life, .written(RecordingOutcome())) == [.finish])
        #expect(feed(&life, .ended) == [])
        #expect(feed(&life, .tick) == [])
        #expect(feed(&life, .finished(RecordingOutcome())) == [.forget])
        #expect(feed(&life, .finished(RecordingOutcome())) == [])
    }

    @Test func `a failure is told once, and the file is closed`() {
        var life = RecordingLife()
        _ = feed(&life, .tick)
        #expect(
            feed(&life, .written(RecordingOutcome(failure: .diskFull)))
                == [.tellStopped(.diskFull), .finish])
        #expect(feed(&life, .ended) == [])
        #expect(feed(&life, .finished(RecordingOutcome())) == [.forget])
        var other = RecordingLife()
        #expect(feed(&other, .ended) == [.finish])
        #expect(
            feed(&other, .finished(RecordingOutcome(failure: .disk("broken"))))
                == [.tellStopped(.disk("broken")), .forget])
    }

    @Test func `a policy that an older version wrote knows of no recordings`() throws {
        let old = #"{"codecs":[],"encryption":"allowed","nat":"automatic","digest":"listener"}"#
        let policy = try JSONText.decode(DevicePolicy.self, from: old)
        #expect(policy == .usual)
        var recorded = DevicePolicy.usual
        recorded.recording = .always
        let text = try JSONText.encode(recorded)
        #expect(try JSONText.decode(DevicePolicy.self, from: text).recording == .always)
    }

    @Test func `whatever a party is called, its file's name is harmless`() {
        #expect(Call.fileText("+49 30/1") == "_49_30_1")
        #expect(Call.fileText("../../etc/passwd") == "______etc_passwd")
        #expect(Call.fileText("") == "_")
        #expect(Call.fileText(String(repeating: "9", count: 99)).count == 24)
    }
}
