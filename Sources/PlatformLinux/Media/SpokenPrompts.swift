import Foundation
import Media
import Platform

/// Prompts that nobody recorded, spoken by `espeak-ng` once and kept as files.
///
/// Called on the thread of prompts alone, never on one of media: the program takes its time.
final class SpokenPrompts {
    private static var patience: String { "10" }

    private let voice: String
    private let folder: String
    private let program: String
    private let words: @Sendable (String) -> String?
    private let recorder: any EventRecorder
    /// What could not be spoken: not tried again before the next start.
    private var failed: Set<String> = []
    private var hasComplained = false

    init(_ plan: SpokenPromptPlan) {
        voice = plan.language
        folder = plan.folder
        program = plan.program
        words = plan.words
        recorder = plan.recorder
    }

    /// The clip of that name; nil where there are no words for it, or no voice.
    func clip(_ name: String) -> SoundClip? {
        guard !failed.contains(name), let text = words(name) else { return nil }
        let path = "\(folder)/\(voice)-\(name.replacing("/", with: "-")).wav"
        if let clip = try? SoundFile.clip(at: path) { return clip }
        if speak(text, to: path), let clip = try? SoundFile.clip(at: path) { return clip }
        failed.insert(name)
        return nil
    }

    private func speak(_ text: String, to path: String) -> Bool {
        try? FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        let half = path + ".part"
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        // A second `timeout` than ours would be a thread that waits.
        process.arguments = [
            "timeout", Self.patience, program, "-v", voice, "-s", "150", "-w", half, text,
        ]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return complain() }
        process.waitUntilExit()
        guard process.terminationStatus == 0, rename(half, path) == 0 else { return complain() }
        return true
    }

    /// Says once that prompts are missing for want of a voice.
    private func complain() -> Bool {
        if !hasComplained {
            hasComplained = true
            recorder.record(
                .warning, "prompts.notSpoken",
                [
                    ("program", program),
                    ("do", "install espeak-ng; until then a tone stands for what was not recorded"),
                ])
        }
        return false
    }
}

/// How prompts that nobody recorded are spoken.
public struct SpokenPromptPlan: Sendable {
    /// As `espeak-ng` names its voices: `en`, `ru`.
    public var language: String
    /// Where what was spoken is kept.
    public var folder: String
    public var program: String
    /// The text of a prompt, by its name.
    public var words: @Sendable (String) -> String?
    public var recorder: any EventRecorder

    public init(
        language: String, folder: String, program: String = "espeak-ng",
        recorder: any EventRecorder, words: @escaping @Sendable (String) -> String?
    ) {
        self.language = language
        self.folder = folder
        self.program = program
        self.recorder = recorder
        self.words = words
    }
}
