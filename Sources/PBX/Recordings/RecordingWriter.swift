import Media
import Platform

/// Brings one recording to its file: what is on the disk at any moment can be played, or repaired.
///
/// While it grows its name ends with ``partSuffix``.
final class RecordingWriter: @unchecked Sendable {
    // Used on the recordings' lane alone: hence @unchecked.
    static var partSuffix: String { ".part" }
    /// Seconds, and writes, between two syncs: what a power cut takes at most. A killed process takes
    /// only what had not been written.
    private static var syncInterval: Int { 5 }

    let reel: SoundReel
    private let finalName: String
    private let plan: RecordingPlan
    private let encoder: any RecordingEncoder
    private let trackCount: Int
    private var length = 0
    private var writeCount = 0
    /// More than its head stands in the file.
    private var hasSound = false

    private var name: String { finalName + Self.partSuffix }

    /// Nil where the codec can't be had.
    init?(_ order: RecordingOrder, plan: RecordingPlan, serial: UInt32) {
        reel = order.reel
        self.plan = plan
        trackCount = plan.format.isSeparate ? order.reel.trackCount : 1
        guard let encoder = plan.format.makeEncoder(trackCount: trackCount, serial: serial)
        else { return nil }
        self.encoder = encoder
        finalName = order.name + plan.format.fileSuffix
    }

    /// Appends what stands on the reel.
    func write() -> RecordingOutcome {
        if let free = plan.folder.freeByteCount, free < plan.kept {
            return RecordingOutcome(failure: .lowSpace(free))
        }
        return append(isLast: false)
    }

    /// The last of it, and the file's final name.
    func finish() -> RecordingOutcome {
        reel.close()
        var outcome = append(isLast: true)
        guard hasSound else {
            // Nothing was said, or nothing but its head found room.
            try? plan.folder.remove(name)
            return outcome
        }
        do throws(FileFailure) {
            // What a write that failed left behind its good end.
            try plan.folder.truncate(name, to: length)
            for patch in encoder.patches(length: length) {
                try plan.folder.write(patch.bytes, to: name, at: patch.offset)
            }
            try plan.folder.sync(name)
            try plan.folder.rename(name, to: finalName)
        } catch {
            // The next start repairs it.
            outcome.failure = outcome.failure ?? Self.failure(error)
        }
        return outcome
    }

    private func append(isLast: Bool) -> RecordingOutcome {
        let stretch = reel.take()
        var outcome = RecordingOutcome(droppedCount: stretch.droppedCount)
        let (samples, frameCount) = stretch.brought(
            to: trackCount, from: reel.trackCount)
        let head = length == 0 ? encoder.begin() : []
        var sound = encoder.encode(samples, frameCount: frameCount)
        if isLast { sound += encoder.end() }
        let bytes = head + sound
        guard length + bytes.count <= RecordingFormat.longestFile else {
            outcome.failure = .tooLong
            return outcome
        }
        do throws(FileFailure) {
            try plan.folder.write(bytes, to: name, at: length)
            length += bytes.count
            if !sound.isEmpty { hasSound = true }
            if writeCount % Self.syncInterval == 0 { try plan.folder.sync(name) }
            writeCount += 1
        } catch {
            outcome.failure = Self.failure(error)
        }
        return outcome
    }

    private static func failure(_ error: FileFailure) -> RecordingFailure {
        switch error {
        case .full: .diskFull
        case .missing, .failed: .disk(error.description)
        }
    }

    /// Closes what a crash left open; the names of those files, as they are from now on.
    static func repair(_ folder: any FileFolder) -> (repaired: [String], failed: [String]) {
        var repaired: [String] = []
        var failed: [String] = []
        for name in ((try? folder.names()) ?? []).sorted() where name.hasSuffix(partSuffix) {
            let finalName = String(name.dropLast(partSuffix.count))
            let container = RecordingFormat.Container.allCases.first {
                finalName.hasSuffix(".\($0.rawValue)")
            }
            guard let container else { continue }
            do throws(FileFailure) {
                let outcome = try RecordingRepair.repair(name, as: container, in: folder)
                guard outcome != .removed else { continue }
                try folder.rename(name, to: finalName)
                repaired.append(finalName)
            } catch {
                failed.append("\(name): \(error)")
            }
        }
        return (repaired, failed)
    }
}
