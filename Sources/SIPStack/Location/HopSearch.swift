import Platform

/// Finds where the requests to one URI go (RFC 3263 §4): transport, address and port, in the order
/// of trying.
///
///     begin ─ numeric host ───────────────────────────────────────► found
///       ├─ port, or transport without SRV ──────────► addresses ──► found, failed
///       ├─ transport ───────────────► SRV ──────────► addresses
///       └─ neither ──► NAPTR ───────► SRV (of all) ─► addresses
///
/// A pure core: questions out, answers in. Randomness is the seed's, time belongs to the cache of
/// its owner.
///
/// Of a name with addresses of both families these alternate, IPv6 first, each family in the
/// order of its answer (RFC 7984 §4, RFC 8305 §4); one that we have no way to fails at once.
struct HopSearch: Sendable, Equatable {
    enum Event: Sendable, Equatable {
        case begin
        case answered(NameQuestion, NameAnswer)
    }

    enum Effect: Sendable, Equatable {
        case ask(NameQuestion)
        /// At least one, the best first. Nothing follows.
        case found([NextHop])
        case failed(LocationFailure)
    }

    /// One protocol of a domain: its SRV name, and what is spoken there.
    struct SpokenProtocol: Hashable, Sendable {
        var transport: TransportKind
        var name: String
    }

    /// A name whose addresses are wanted.
    struct Target: Hashable, Sendable {
        var transport: TransportKind
        var name: String
        var port: UInt16
    }

    enum State: Sendable, Equatable {
        case idle
        /// Which protocols does the domain speak?
        case askingProtocols
        /// The SRV records of these, in the order of preference.
        case askingPlaces([SpokenProtocol], isByNAPTR: Bool)
        case askingAddresses([Target])
        case done
    }

    /// Protocols, places and hops of one domain that count; the rest is left out.
    static let protocolLimit = 8
    static let placeLimit = 16
    static let hopLimit = 16

    private(set) var state: State = .idle
    private let host: Host
    private let port: UInt16?
    private let transportName: String?
    private let isSecure: Bool
    private let seed: UInt64
    private var answers: [NameQuestion: NameAnswer] = [:]
    /// Questions that are open.
    private var open: Set<NameQuestion> = []

    init(_ uri: SIPURI, seed: UInt64) {
        // §4: the target is maddr where there is one.
        host = uri.parameters["maddr"].flatMap { Host($0) } ?? uri.host
        port = uri.port
        transportName = uri.transport
        isSecure = uri.isSecure
        self.seed = seed
    }

    mutating func handle(_ event: Event) -> [Effect] {
        switch (state, event) {
        case (.idle, .begin):
            return begin()
        case (.askingProtocols, .answered), (.askingPlaces, .answered),
            (.askingAddresses, .answered):
            return receive(event)
        case (.idle, .answered), (.done, .answered), (.done, .begin), (.askingProtocols, .begin),
            (.askingPlaces, .begin), (.askingAddresses, .begin):
            return []  // Asked by nobody, or begun already.
        }
    }

    // MARK: Where to begin (§4.1, §4.2)

    private mutating func begin() -> [Effect] {
        let named: TransportKind?
        switch transport() {
        case .success(let transport): named = transport
        case .failure(let failure): return fail(failure)
        }
        // Without a word about it a numeric host and an explicit port mean UDP, TLS where secure.
        let plain = named ?? (isSecure ? .tls : .udp)
        switch host {
        case .ip(let address):
            state = .done
            let usual = port ?? plain.defaultPort
            return [.found([NextHop(plain, SocketAddress(address: address, port: usual))])]
        case .name(let name):
            if let port {
                return askAddresses([Target(transport: plain, name: name, port: port)])
            }
            if let named { return askPlaces([Self.usual(named, of: name)], isByNAPTR: false) }
            state = .askingProtocols
            return ask([NameQuestion(name, .naptr)])
        }
    }

    /// The transport that the URI names; nil where it leaves the choice. TCP of a `sips:` is TLS.
    private func transport() -> Result<TransportKind?, LocationFailure> {
        guard let transportName else { return .success(nil) }
        switch TransportKind(rawValue: transportName.lowercased()) {
        case .udp: return isSecure ? .failure(.unsupportedTransport("udp")) : .success(.udp)
        case .tcp: return .success(isSecure ? .tls : .tcp)
        case .tls: return .success(.tls)
        case .ws, .wss, nil: return .failure(.unsupportedTransport(transportName))
        }
    }

    private static func usual(_ transport: TransportKind, of name: String) -> SpokenProtocol {
        switch transport {
        case .udp: SpokenProtocol(transport: .udp, name: "_sip._udp." + name)
        case .tcp, .ws: SpokenProtocol(transport: .tcp, name: "_sip._tcp." + name)
        case .tls, .wss: SpokenProtocol(transport: .tls, name: "_sips._tcp." + name)
        }
    }

    // MARK: Answers

    private mutating func receive(_ event: Event) -> [Effect] {
        guard case .answered(let question, let answer) = event,
            open.remove(question) != nil
        else { return [] }
        answers[question] = answer
        guard open.isEmpty else { return [] }
        switch state {
        case .askingProtocols: return takeProtocols()
        case .askingPlaces(let protocols, let isByNAPTR):
            return takePlaces(protocols, isByNAPTR: isByNAPTR)
        case .askingAddresses(let targets): return takeAddresses(targets)
        case .idle, .done: return []
        }
    }

    private mutating func takeProtocols() -> [Effect] {
        guard case .name(let name) = host else { return [] }
        let known = records(of: NameQuestion(name, .naptr)).compactMap { record -> NAPTRRecord? in
            guard case .naptr(let naptr) = record else { return nil }
            return naptr
        }
        let spoken = known.filter { $0.flags.lowercased() == "s" && !$0.replacement.isEmpty }
            .sorted { ($0.order, $0.preference) < ($1.order, $1.preference) }
            .compactMap { naptr in
                transport(spoken: naptr.spoken).map {
                    SpokenProtocol(transport: $0, name: naptr.replacement.lowercased())
                }
            }
        if !spoken.isEmpty {
            return askPlaces(Array(spoken.prefix(Self.protocolLimit)), isByNAPTR: true)
        }
        // §4.1: without NAPTR each of our transports is asked for.
        let ours: [TransportKind] = isSecure ? [.tls] : [.udp, .tcp, .tls]
        return askPlaces(ours.map { Self.usual($0, of: name) }, isByNAPTR: false)
    }

    /// A secure URI is never served by what is not.
    private func transport(spoken: String) -> TransportKind? {
        switch spoken.lowercased() {
        case "sips+d2t": .tls
        case "sip+d2t": isSecure ? nil : .tcp
        case "sip+d2u": isSecure ? nil : .udp
        default: nil  // A text from the network: SCTP, WebSocket, and what else there is.
        }
    }

    private mutating func takePlaces(_ protocols: [SpokenProtocol], isByNAPTR: Bool) -> [Effect] {
        guard case .name(let name) = host else { return [] }
        var targets: [Target] = []
        var isRefused = false
        for spoken in protocols {
            let all = records(of: NameQuestion(spoken.name, .srv))
            let places = all.compactMap { record -> SRVRecord? in
                guard case .srv(let place) = record else { return nil }
                return place
            }
            // RFC 2782: one record with the root as its target says that there is decidedly none.
            if places.count == 1, places[0].target.isEmpty { isRefused = true }
            for place in WeightedOrder.ordered(places, seed: seed) where !place.target.isEmpty {
                targets.append(
                    Target(transport: spoken.transport, name: place.target, port: place.port))
            }
        }
        if !targets.isEmpty { return askAddresses(Array(targets.prefix(Self.placeLimit))) }
        if isRefused { return fail(.noSuchName(name)) }
        // §4.2: no SRV record leads to the name itself, at the usual port.
        let plain = isByNAPTR || protocols.count == 1 ? protocols[0].transport : TransportKind.udp
        return askAddresses([Target(transport: plain, name: name, port: plain.defaultPort)])
    }

    private mutating func takeAddresses(_ targets: [Target]) -> [Effect] {
        var hops: [NextHop] = []
        for target in targets {
            let six = addresses(of: NameQuestion(target.name, .aaaa))
            let four = addresses(of: NameQuestion(target.name, .a))
            for address in Self.alternating(six, four) {
                let hop = NextHop(
                    target.transport, SocketAddress(address: address, port: target.port))
                if !hops.contains(hop) { hops.append(hop) }
            }
        }
        guard hops.isEmpty else {
            state = .done
            return [.found(Array(hops.prefix(Self.hopLimit)))]
        }
        return fail(reasonForNothing(targets.first?.name ?? ""))
    }

    private static func alternating(_ one: [IPAddress], _ other: [IPAddress]) -> [IPAddress] {
        var result: [IPAddress] = []
        for index in 0..<max(one.count, other.count) {
            if index < one.count { result.append(one[index]) }
            if index < other.count { result.append(other[index]) }
        }
        return result
    }

    /// A question that nobody answered may be the one that mattered.
    private func reasonForNothing(_ name: String) -> LocationFailure {
        let unanswered = answers.keys.sorted { $0.description < $1.description }
        for question in unanswered {
            if case .failed(let failure)? = answers[question] {
                return .unanswered(question.name, failure)
            }
        }
        return .noSuchName(name)
    }

    // MARK: Questions

    private mutating func askPlaces(_ protocols: [SpokenProtocol], isByNAPTR: Bool) -> [Effect] {
        state = .askingPlaces(protocols, isByNAPTR: isByNAPTR)
        return ask(protocols.map { NameQuestion($0.name, .srv) })
    }

    private mutating func askAddresses(_ targets: [Target]) -> [Effect] {
        // An SRV target is a name; some write an address there all the same.
        state = .askingAddresses(targets)
        let names = targets.map(\.name).filter { IPAddress($0) == nil }
        let questions = names.flatMap { [NameQuestion($0, .aaaa), NameQuestion($0, .a)] }
        return questions.isEmpty ? takeAddresses(targets) : ask(questions)
    }

    private mutating func ask(_ questions: [NameQuestion]) -> [Effect] {
        questions.filter { open.insert($0).inserted }.map { .ask($0) }
    }

    private mutating func fail(_ failure: LocationFailure) -> [Effect] {
        state = .done
        return [.failed(failure)]
    }

    private func records(of question: NameQuestion) -> [NameRecord] {
        guard case .records(let records, _)? = answers[question] else { return [] }
        return records
    }

    private func addresses(of question: NameQuestion) -> [IPAddress] {
        if let literal = IPAddress(question.name) {
            return literal.isIPv4 == (question.kind == .a) ? [literal] : []
        }
        return records(of: question).compactMap { record in
            guard case .address(let address) = record,
                address.isIPv4 == (question.kind == .a), !address.isUnspecified,
                !address.isMulticast
            else { return nil }
            return address
        }
    }
}
