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
    }

    /// The folder of the language; nil where there is none: then every prompt is missing.
    public let folder: String?
    private let lane: StorageThread
    private let shelf = Mutex(Shelf())

    /// - Parameter language: `en` finds the folder `en`, else the first that begins with `en_`.
    public init(folder: String, language: String) throws {
        lane = try StorageThread(named: "prompts")
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
        guard let folder, !name.contains(".."), let bytes = read("\(folder)/\(name).g722"),
            let clip = SoundClip(g722: bytes)
        else { return nil }
        shelf.withLock { shelf in
            if shelf.sampleCount + clip.samples.count > Self.keptSampleLimit { shelf = Shelf() }
            shelf.clips[name] = clip
            shelf.sampleCount += clip.samples.count
        }
        return clip
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
