import Foundation
import Media
import Platform
import Synchronization

/// Music on hold: the sound files of a folder in the order of their names, one after the other.
///
/// Looks at the folder again when somebody is put on hold and the last look is ten seconds old; who
/// comes after that hears what is new. Files are read on a thread of its own.
public final class MusicFolder: MusicShelf {
    private static var lookInterval: Duration { .seconds(10) }
    /// Together ten minutes, 19 MB; the rest is not played.
    private static var sampleLimit: Int { SoundClip.sampleLimit }
    private static var fileLimit: Int { 100 }

    private struct Shelf {
        var playlist: SoundPlaylist?
        /// Names, sizes and times of what was read.
        var seen: [String] = []
        var lastLook: Instant?
    }

    private let folder: String
    private let isShared: Bool
    private let lane: StorageThread
    private let time: any TimeSource
    private let recorder: any EventRecorder
    private let shelf = Mutex(Shelf())

    /// - Parameter isShared: all hear the same at the same time; else each from the beginning.
    public init(
        folder: String, isShared: Bool, time: any TimeSource, recorder: any EventRecorder
    ) throws {
        self.folder = folder
        self.isShared = isShared
        self.time = time
        self.recorder = recorder
        lane = try StorageThread(named: "music")
        look()
    }

    /// Nil where there is none.
    public var playlist: SoundPlaylist? {
        let now = time.now
        let (found, isOld) = shelf.withLock { shelf in
            let isOld = shelf.lastLook.map { now - $0 >= Self.lookInterval } ?? true
            if isOld { shelf.lastLook = now }
            return (shelf.playlist, isOld)
        }
        if isOld { look() }
        return found
    }

    /// Waits until what was asked for is read: for tests.
    public func settle() { lane.shutdown() }

    private func look() {
        lane.perform { [self] in
            let names = Self.names(in: folder)
            let seen = names.map { name in
                let found = try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")
                let date = found?[.modificationDate] as? Date
                let size = found?[.size] as? Int ?? 0
                return "\(name) \(size) \(date?.timeIntervalSince1970 ?? 0)"
            }
            guard shelf.withLock({ $0.seen != seen }) else { return }
            let clips = read(names)
            let playlist =
                clips.isEmpty
                ? nil : SoundPlaylist(clips, manner: isShared ? .endlessTogether : .endless)
            shelf.withLock { shelf in
                shelf.seen = seen
                shelf.playlist = playlist
            }
        }
    }

    /// Why nothing can be played out of a folder that somebody named, and what to do; nil where there
    /// is something to play.
    public static func problem(with folder: String) -> String? {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) else {
            return "\(folder) is not there: make it and put sound files in, or change "
                + "music.folder; until then a melody is heard"
        }
        guard isFolder.boolValue else {
            return "\(folder) is no folder: name the one that the sound files are in"
        }
        guard let all = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            return "\(folder) can't be read: give the user of pbxd the right to"
        }
        return all.isEmpty
            ? "\(folder) is empty: pbxctl music add FILE; until then a melody is heard" : nil
    }

    /// The files of a folder that may be music.
    public static func names(in folder: String) -> [String] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return Array(
            all.filter { !$0.hasPrefix(".") && !$0.hasSuffix(".part") }.sorted().prefix(fileLimit))
    }

    private func read(_ names: [String]) -> [SoundClip] {
        var clips: [SoundClip] = []
        var count = 0
        for name in names where count < Self.sampleLimit {
            do throws(SoundFile.Failure) {
                let clip = try SoundFile.clip(at: "\(folder)/\(name)")
                let rest = Self.sampleLimit - count
                clips.append(
                    clip.samples.count <= rest
                        ? clip : SoundClip(samples: Array(clip.samples.prefix(rest))))
                count += clip.samples.count
            } catch {
                recorder.record(
                    .warning, "music.unreadable", [("file", name), ("why", error.description)])
            }
        }
        return clips
    }
}
