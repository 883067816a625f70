import Media
import Platform

/// What the exchange says to a caller that it answered itself.
extension Call {
    /// What somebody may say to hear it again.
    private static let tapeLength = Duration.seconds(60)

    /// What fetched clips are for.
    enum SpeechPurpose: Sendable, Equatable {
        case words(thenTone: Bool)
        case time(ClockAnnouncement)
    }

    func advanceScript(_ event: HouseScript.Event) {
        guard let effects = script?.handle(event) else { return }
        for effect in effects { perform(effect) }
    }

    private func perform(_ effect: HouseScript.Effect) {
        switch effect {
        case .say(let prompts, let thenTone):
            say(prompts, thenTone: thenTone)
        case .sayTime:
            announce(ClockAnnouncement(after: world.time.wallTime))
        case .tape:
            let tape = SoundTape(length: Self.tapeLength)
            self.tape = tape
            attendCaller(with: .tape(tape))
        case .playTape:
            let said = tape?.clip ?? SoundClip(samples: [])
            tape = nil
            attendCaller(with: .clips(SoundPlaylist([said])))
        case .hangUp:
            decide(.hangUp(.calleeHungUp))
        }
    }

    func say(_ prompts: [Prompt], thenTone: Bool) {
        fetch(prompts, for: .words(thenTone: thenTone))
    }

    private func announce(_ announcement: ClockAnnouncement) {
        let speech = surroundings.configuration.speech
        let words = speech.language.atTheTone(speech.clockTime(at: announcement.time))
        fetch(words, for: .time(announcement))
    }

    private func fetch(_ prompts: [Prompt], for purpose: SpeechPurpose) {
        lastSpeech += 1
        let number = lastSpeech
        surroundings.configuration.speech.library.fetch(prompts.map(\.name)) { [mailbox] in
            mailbox.post(.fetched($0, purpose, number: number))
        }
    }

    /// The clips are here; what was asked for before something else was is not said any more.
    func take(_ fetched: FetchedClips, for purpose: SpeechPurpose, number: Int) {
        guard number == lastSpeech, machine.state == .attended else { return }
        if !fetched.missing.isEmpty {
            world.recorder.record(
                .warning, "prompt.missing",
                [("call", id.description), ("names", fetched.missing.joined(separator: " "))])
        }
        var clips = fetched.clips
        // Who hears nothing at all thinks that nobody is there.
        if clips.isEmpty, !fetched.missing.isEmpty { clips.append(SoundClip(.came)) }
        switch purpose {
        case .words(let thenTone):
            if thenTone { clips.append(SoundClip(.ready)) }
        case .time(let announcement):
            let now = world.time.wallTime
            guard let pause = announcement.pause(now: now, saying: fetched.length) else {
                return announce(announcement.next)
            }
            clips += [SoundClip(silence: pause), SoundClip(.ready)]
        }
        attendCaller(with: .clips(SoundPlaylist(clips)))
    }
}
