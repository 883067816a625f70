import ArgumentParser
import Foundation
import Platform
import PlatformLinux
import Sim

/// The command's words, read once: from here on nothing can be wrong with them.
struct LoadOrder: Sendable {
    /// A password file is one line.
    private static let passwordFileLimit = 4096
    private static let csvLimit = 64 << 20

    var transport: TransportKind
    var remote: SocketAddress
    var domain: String
    var local: IPAddress
    var isPublicAllowed: Bool
    var hasConnectionEach: Bool
    var verification: TLSVerification
    var phones: [PhoneList.Entry]
    var registrationExpiry: Duration
    var plan: LoadPlan
    var soundPorts: ClosedRange<UInt16>
    var maxFailures: Int
    var isQuiet: Bool

    init(
        _ target: TargetOptions, _ phones: PhoneOptions, _ calls: CallOptions,
        _ report: ReportOptions
    ) throws {
        guard let named = LoadTarget(target.target) else {
            throw ValidationError(
                "--target is udp:HOST:PORT, tcp:HOST:PORT or tls:HOST:PORT, an IPv6 address in "
                    + "brackets.")
        }
        transport = named.transport
        domain = target.domain ?? named.uriHost
        isPublicAllowed = target.allowPublicTarget
        remote = SocketAddress(
            address: try Self.judged(named, isPublicAllowed: isPublicAllowed), port: named.port)
        local = try Self.local(target.from, towards: remote.address)
        guard !target.connectionEach || transport != .udp else {
            throw ValidationError("--connection-each is for TCP and TLS.")
        }
        hasConnectionEach = target.connectionEach
        verification = target.tlsAuthorities.map { .authorities(file: $0) } ?? .none
        self.phones = try Self.phones(phones)
        registrationExpiry = phones.expires.duration
        plan = try Self.plan(phones, calls, numbers: self.phones.map(\.number))
        soundPorts = calls.soundPorts.ports
        maxFailures = report.maxFailures
        isQuiet = report.quiet
    }

    // MARK: The target

    private static func judged(_ target: LoadTarget, isPublicAllowed: Bool) throws -> IPAddress {
        let address: IPAddress
        do {
            address = try NameLookup.address(of: target.host)
        } catch {
            throw ValidationError("\(error)")
        }
        let reach = Reach(of: address)
        guard !reach.permits(public: isPublicAllowed) else { return address }
        if reach == .nobody {
            throw ValidationError("\(address) is no address of a machine.")
        }
        throw ValidationError(
            "\(target.host) is \(address), neither loopback nor private: a load there is an "
                + "attack, unless its owner agreed. Then say --allow-public-target.")
    }

    private static func local(_ text: String?, towards remote: IPAddress) throws -> IPAddress {
        if let text {
            guard let address = IPAddress(text), address.isIPv4 == remote.isIPv4,
                !address.isUnspecified, !address.isMulticast
            else { throw ValidationError("--from is an address of this machine.") }
            return address
        }
        guard let address = LocalAddresses.towards(remote) else {
            throw ValidationError("There is no way to \(remote) from here.")
        }
        return address
    }

    // MARK: The phones

    private static func phones(_ options: PhoneOptions) throws -> [PhoneList.Entry] {
        do {
            if let file = options.extensions {
                guard options.passwordFile == nil else {
                    throw ValidationError("Give either --extensions or --password-file.")
                }
                let text = try text(of: file, limit: csvLimit)
                return try PhoneList(csv: text, limit: options.phones).entries
            }
            guard options.noRegister || options.passwordFile != nil else {
                throw ValidationError(
                    "Phones need passwords: --extensions or --password-file, or --no-register.")
            }
            let text = try options.passwordFile.map {
                try Self.text(of: $0, limit: passwordFileLimit)
            }
            let pattern = text?.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
            return try PhoneList(
                first: options.firstNumber, count: options.phones ?? 10, passwordPattern: pattern
            ).entries
        } catch let fault as PhoneList.Fault {
            throw ValidationError(options.extensions.map { "\($0): \(fault)" } ?? "\(fault)")
        }
    }

    private static func text(of path: String, limit: Int) throws -> String {
        guard let file = FileHandle(forReadingAtPath: path),
            let bytes = try file.read(upToCount: limit + 1), bytes.count <= limit,
            let text = String(bytes: bytes, encoding: .utf8)
        else { throw ValidationError("\(path) cannot be read, is too long, or is not UTF-8.") }
        return text
    }

    // MARK: The calls

    private static func plan(
        _ phones: PhoneOptions, _ calls: CallOptions, numbers: [String]
    ) throws -> LoadPlan {
        guard calls.to != nil || (!phones.noRegister && numbers.count >= 2) || calls.calls == 0
        else {
            throw ValidationError(
                "Phones that call each other are at least 2 and register; else give --to.")
        }
        guard !phones.noRegister || calls.calls > 0 else {
            throw ValidationError("Without registrations and calls there is nothing to do.")
        }
        for pace in [calls.callsPerSecond, phones.registrationsPerSecond] {
            guard pace > 0, pace <= LoadPlan.greatestPace else {
                throw ValidationError("A pace is above 0 and at most \(LoadPlan.greatestPace).")
            }
        }
        guard (0...LoadPlan.callLimit).contains(calls.calls) else {
            throw ValidationError("--calls is 0 to \(LoadPlan.callLimit).")
        }
        guard calls.duration.duration > .zero, phones.expires.duration >= .seconds(1) else {
            throw ValidationError("--duration and --expires are above 0.")
        }
        let dialled = CharacterSet(charactersIn: "0123456789*#+").union(.alphanumerics)
        guard
            calls.to.map({ !$0.isEmpty && $0.unicodeScalars.allSatisfy(dialled.contains) }) ?? true
        else { throw ValidationError("--to is a number.") }
        return LoadPlan(
            numbers: numbers, registers: !phones.noRegister, otherParty: calls.to,
            registrationsPerSecond: phones.registrationsPerSecond,
            callsPerSecond: calls.callsPerSecond, callLimit: calls.calls,
            duration: calls.duration.duration, talkTime: calls.talk.duration,
            ringTime: calls.ring.duration, patience: calls.patience.duration, sound: calls.sound)
    }
}
