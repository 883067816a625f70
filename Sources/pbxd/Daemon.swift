import Foundation
import Media
import PBX
import Platform
import PlatformLinux
import SIPStack
import ServiceLifecycle
import Settings
import UnixSignals

/// Puts the live exchange together, runs it until a signal, and takes it down in order.
struct Daemon {
    let settings: Settings
    /// Whether an exchange that was never configured begins with sample extensions.
    let makesSamples: Bool

    func run() async throws {
        try makeDataFolder()
        let recorder = LogRecorder(level: settings.logLevel)
        let linux = try LinuxWorld(recorder: recorder)
        let store = try Store.open(path: settings.databasePath, lane: linux.storage)
        if makesSamples { try makeSamples(store, linux) }
        let certificates = try makeCertificates(linux)
        let signalling = LinuxSignalling(
            configuration: signallingConfiguration(certificates), time: linux.time,
            executor: linux.executor)
        let plan = NetworkPlan(settings, local: LocalAddresses.all(), signalling: signalling)
        let handshakes = try makeHandshakes(linux)
        let mediaConfiguration = MediaConfiguration(
            networks: plan.mediaNetworks, ports: settings.media.ports)
        let media = try MediaLoops(
            configuration: mediaConfiguration,
            ports: try SharedPorts(
                mediaConfiguration, rememberedIn: store, domain: settings.domain),
            time: linux.time, handshakes: handshakes, owners: linux.executor)
        let names = try LinuxNames()
        let recordingLane = try StorageThread(named: "recordings")
        var configuration = try exchangeConfiguration(plan, recorder, handshakes.fingerprint)
        configuration.recordings = recordingPlan(on: recordingLane, recorder)
        configuration.recordingKeys = settings.recordings.keys
        configuration.recordingTone =
            settings.recordings.hasTone ? configuration.toneCountry : nil
        let faxMachines = try FaxMachines(time: linux.time)
        configuration.fax = faxPlan(faxMachines, configuration.recordings)
        let running = try RunningExchange(
            world: linux.world, network: signalling, media: media, names: names, store: store,
            configuration: configuration,
            shardCount: ProcessInfo.processInfo.activeProcessorCount)
        try warnOfOtherDomains(store, running, recorder)
        let administration = Administration(
            store: store, domain: settings.domain, house: settings.house, time: linux.time,
            random: linux.random, live: running.exchange)
        let control = try await ControlSocket(path: settings.controlPath) { request, reply in
            administration.answer(request, reply)
        }
        try await signalling.start(sink: running.transport)
        running.networkStarted()
        let page = try await makeMetricsPage(
            Metrics(exchange: running.exchange, signalling: signalling, media: media))
        sayReady(signalling.addresses, running)

        try await serve(running.exchange, linux, certificates, recorder)

        await closeRecordings(of: running.exchange, on: recordingLane)
        faxMachines.shutdown()
        await page?.shutdown()
        await control.shutdown()
        running.transport.close()
        await signalling.shutdown()
        names.shutdown()
        media.stop()
        store.close()
        await linux.shutdown()
    }

    private func makeSamples(_ store: Store, _ linux: LinuxWorld) throws {
        FirstStart.show(
            try SampleExtensions.make(
                in: store, domain: settings.domain, time: linux.time, random: linux.random),
            settings: settings)
    }

    /// Until the end is asked for.
    private func serve(
        _ exchange: Exchange, _ linux: LinuxWorld, _ certificates: CertificateStore?,
        _ recorder: LogRecorder
    ) async throws {
        let group = ServiceGroup(
            services: [
                ExchangeLife(
                    exchange: exchange, world: linux.world,
                    drainPatience: settings.drainPatience),
                CertificateReload(certificates: certificates, recorder: recorder),
            ],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: recorder.logger)
        try await group.run()
    }

    /// Faxes are kept where recordings are; nil where these can't be.
    private func faxPlan(_ machines: FaxMachines, _ recordings: RecordingPlan?) -> FaxPlan? {
        recordings.map {
            FaxPlan(
                machines: machines, folder: $0.folder, lane: $0.lane,
                format: settings.fax.format, kept: $0.kept,
                allowsImage: settings.fax.allowsImage)
        }
    }

    /// What is still on its way to the disk gets there.
    private func closeRecordings(of exchange: Exchange, on lane: StorageThread) async {
        await withCheckedContinuation { done in
            exchange.closeRecordings { done.resume() }
        }
        lane.shutdown()
    }

    /// Nil where the folder can't be made: then nothing is recorded, and calls are.
    private func recordingPlan(
        on lane: StorageThread, _ recorder: LogRecorder
    ) -> RecordingPlan? {
        let path = settings.recordings.folder ?? "\(settings.dataFolder)/recordings"
        do {
            return RecordingPlan(
                folder: try DiskFolder(path: path), lane: lane,
                format: settings.recordings.format,
                kept: settings.recordings.keptMegabytes * 1_000_000)
        } catch {
            recorder.record(
                .warning, "recordings.off",
                [
                    ("folder", path), ("why", "\(error)"),
                    ("do", "make that folder, or set recordings.folder; nothing is recorded"),
                ])
            return nil
        }
    }

    /// Extensions belong to a domain: with another one in the settings they are all out of sight.
    private func warnOfOtherDomains(
        _ store: Store, _ running: RunningExchange, _ recorder: LogRecorder
    ) throws {
        let others = try store.run(.listDomains()).filter { $0 != settings.domain }
        guard running.extensionCount == 0, !others.isEmpty else { return }
        recorder.record(
            .warning, "domain.empty",
            [
                ("domain", settings.domain.name),
                ("found", others.map(\.name).joined(separator: " ")),
                ("do", "set 'domain' back, or add extensions"),
            ])
    }

    private func makeDataFolder() throws {
        do {
            try FileManager.default.createDirectory(
                atPath: settings.dataFolder, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            throw FolderFailure(path: settings.dataFolder, why: error.localizedDescription)
        }
    }

    private func makeMetricsPage(_ metrics: Metrics) async throws -> MetricsPage? {
        guard let address = settings.metricsAddress else { return nil }
        return try await MetricsPage(at: address, compose: metrics.compose)
    }

    /// What makes keys for audio (DTLS-SRTP), with a certificate of its own.
    private func makeHandshakes(_ linux: LinuxWorld) throws -> HandshakeDesk {
        try HandshakeDesk(
            folder: "\(settings.dataFolder)/dtls", time: linux.time, random: linux.random)
    }

    /// The certificate of TLS listeners; nil where there is none.
    private func makeCertificates(_ linux: LinuxWorld) throws -> CertificateStore? {
        let secure = settings.listeners.filter(\.transport.isSecure)
        guard !secure.isEmpty else { return nil }
        let source: CertificateSource
        if let files = settings.certificate {
            source = .files(certificate: files.certificate, key: files.key)
        } else {
            let named = secure.map(\.address.address).filter { !$0.isUnspecified }
            source = .selfSigned(
                folder: settings.dataFolder, domain: settings.domain.name, names: [],
                addresses: named.isEmpty ? LocalAddresses.all() : named)
        }
        let certificates = try CertificateStore(
            source: source, time: linux.time, random: linux.random)
        if certificates.certificate.validity(at: linux.time.wallTime) == .expired {
            linux.world.recorder.record(
                .warning, "certificate.expired",
                [("until", certificates.certificate.validUntil.description)])
        }
        return certificates
    }

    private func signallingConfiguration(
        _ certificates: CertificateStore?
    ) -> SignallingConfiguration {
        SignallingConfiguration(
            listeners: settings.listeners.map { SignallingListener($0.transport, $0.address) },
            certificates: certificates,
            certifiedVerification: settings.authorities.map { .authorities(file: $0) }
                ?? .systemAuthorities)
    }

    private func exchangeConfiguration(
        _ plan: NetworkPlan, _ recorder: LogRecorder, _ fingerprint: CertificateFingerprint
    ) throws -> ExchangeConfiguration {
        var digest: [UInt16: [DigestAlgorithm]] = [:]
        var ports: [TransportKind: UInt16] = [:]
        for (index, listener) in settings.listeners.enumerated() {
            digest[UInt16(index)] = listener.digest.map { $0 == .md5 ? .md5 : .sha256 }
            if ports[listener.transport] == nil {
                ports[listener.transport] = listener.address.port
            }
        }
        var configuration = ExchangeConfiguration(
            domain: settings.domain, digest: digest,
            advertised: { plan.advertised($0, to: $1) }, listeningPorts: ports,
            mediaNetwork: { plan.mediaNetwork(for: $0) },
            productName: "Strowger/\(productVersion)")
        configuration.alternateNetwork = { plan.alternateNetwork(to: $0) }
        configuration.sessionTimer = settings.callRefresh.map {
            SessionTimerTerms(interval: UInt32(clamping: $0.components.seconds))
        }
        configuration.fingerprint = fingerprint
        configuration.house = settings.house
        let language = settings.language
        let prompts = try PromptFolder(
            folder: settings.promptFolder, language: language.rawValue,
            spoken: SpokenPromptPlan(
                language: language.rawValue, folder: "\(settings.dataFolder)/spoken",
                recorder: recorder, words: { language.words(of: $0) }))
        configuration.music = try MusicFolder(
            folder: settings.musicFolder, isShared: settings.isMusicShared, time: SystemTime(),
            recorder: recorder)
        if let problem = settings.ownMusicFolder.flatMap(MusicFolder.problem) {
            recorder.record(.warning, "music.missing", [("what", problem)])
        }
        if prompts.folder == nil {
            recorder.record(
                .warning, "prompts.missing",
                [
                    ("folder", settings.promptFolder), ("language", settings.language.rawValue),
                    (
                        "do",
                        "install asterisk-core-sounds-\(settings.language.rawValue)-g722, "
                            + "or set prompts.folder; until then espeak-ng speaks, where it is installed"
                    ),
                ])
        }
        configuration.speech = Speech(
            language: settings.language, library: prompts,
            secondsFromUTC: { TimeZone.current.secondsFromGMT(for: $0.date) })
        configuration.toneCountry = settings.toneCountry ?? settings.language.usualTones
        configuration.callsPerExtension = settings.callsPerExtension
        configuration.parkReturn = settings.parkReturn
        configuration.conferenceLimit = settings.conferenceSize
        configuration.callLimit = settings.callLimit
        configuration.admission.emergencyNumbers = settings.emergencyNumbers
        configuration.abuse = settings.abuse
        return configuration
    }

    /// The line that says that calls are accepted, and where.
    private func sayReady(_ addresses: [SocketAddress], _ running: RunningExchange) {
        let listeners = zip(settings.listeners, addresses).map { listener, address in
            "\(listener.transport.rawValue):\(address)"
        }
        print(
            "ready", listeners.joined(separator: " "), "extensions=\(running.extensionCount)",
            "registered=\(running.standingBindings)", "closed=\(running.abandonedCalls)")
        fflush(nil)
        SupervisorNotice()?.send(.ready)
    }
}

extension WallTime {
    fileprivate var date: Date {
        Date(timeIntervalSince1970: Double(microseconds) / 1_000_000)
    }
}

/// SIGHUP: the certificate is read again for new handshakes; calls go on.
private struct CertificateReload: Service {
    let certificates: CertificateStore?
    let recorder: LogRecorder

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        for await _ in signals.cancelOnGracefulShutdown() {
            do {
                try certificates?.reload()
                recorder.record(.info, "certificate.reloaded")
            } catch {
                recorder.record(.error, "certificate.notReloaded", [("why", "\(error)")])
            }
        }
    }
}
