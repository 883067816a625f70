import Foundation
import Media
import Synchronization

/// Prompts in a folder, as Debian's `asterisk-core-sounds-*-g722` lay them out: a folder a language,
/// a file a prompt, `.g722` without any header.
///
/// Files are read and decoded on a thread of its own, and the last ones kept.
public final class PromptFolder: ClipLibrary {
    /// What is kept decoded: 32 bytes a millisecond, about half an hour.
    private static var keptSampleLimit: Int { 32 << 20 }
    /// Ten minutes.
    private static var fileSizeLimit: Int { 8_000 * 600 }

    private struct Shelf {
        var clips: [String: SoundClip] = [:]
        var sampleCount = 0
        let spoken: SpokenPrompts?
    }

    /// The folder of the language; nil where there is none: then every prompt is missing.
    public let folder: String?
    private let lane: StorageThread
    private let shelf: Mutex<Shelf>

    /// - Parameters:
    ///   - language: `en` finds the folder `en`, else the first that begins with `en_`.
    ///   - spoken: how what is missing there is spoken; nil: not at all.
    public init(folder: String, language: String, spoken: SpokenPromptPlan? = nil) throws {
        lane = try StorageThread(named: "prompts")
        shelf = Mutex(Shelf(spoken: spoken.map(SpokenPrompts.init)))
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let found =
            names.contains(language)
            ? language : names.sorted().first { $0.hasPrefix(language + "_") }
        self.folder = found.map { folder + "/" + $0 }
    }

    public func fetch(_ names: [String], then: @escaping @Sendable (FetchedClips) -> Void) {
        lane.perform { [self] in
            var fetched = FetchedClips(clips: [])
            for name in names {
                if let clip = clip(name) {
                    fetched.clips.append(clip)
                } else {
                    fetched.missing.append(name)
                }
            }
            then(fetched)
        }
    }

    private func clip(_ name: String) -> SoundClip? {
        if let clip = shelf.withLock({ $0.clips[name] }) { return clip }
        guard !name.contains("..") else { return nil }
        let recorded = folder.flatMap { read("\($0)/\(name).g722") }.flatMap(SoundClip.init(g722:))
        return shelf.withLock { shelf in
            // Speaking takes its time, under a lock that only this thread takes.
            guard let clip = recorded ?? shelf.spoken?.clip(name) else { return nil }
            if shelf.sampleCount + clip.samples.count > Self.keptSampleLimit {
                shelf.clips = [:]
                shelf.sampleCount = 0
            }
            shelf.clips[name] = clip
            shelf.sampleCount += clip.samples.count
            return clip
        }
    }

    /// Nil for what is no file, empty, or larger than a prompt is.
    private func read(_ path: String) -> [UInt8]? {
        guard let file = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? file.close() }
        guard let data = try? file.read(upToCount: Self.fileSizeLimit + 1), !data.isEmpty,
            data.count <= Self.fileSizeLimit
        else { return nil }
        return Array(data)
    }
}
