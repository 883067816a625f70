import ArgumentParser
import Sim

/// What is loaded.
struct TargetOptions: ParsableArguments {
    @Option(help: "udp:HOST:PORT, tcp:HOST:PORT or tls:HOST:PORT; an IPv6 address in brackets.")
    var target: String

    @Flag(help: "Load an address that is neither loopback nor private. Ask its owner first.")
    var allowPublicTarget = false

    @Option(help: "The domain of the addresses of record; without it, the target's host.")
    var domain: String?

    @Option(help: "The address of this machine to speak from; without it, the system's choice.")
    var from: String?

    @Flag(help: "TCP and TLS: a connection for each phone, not one for all.")
    var connectionEach = false

    @Option(help: "TLS: what must have signed the target's certificate, a PEM file.")
    var tlsAuthorities: String?
}

/// Who telephones.
struct PhoneOptions: ParsableArguments {
    @Option(help: "How many phones; with --extensions, all of the file.")
    var phones: Int?

    @Option(help: "The first phone's number; the others count on from it.")
    var firstNumber = "100"

    @Option(
        help: ArgumentHelp(
            "A file whose first line is every phone's password; {number} in it stands for the "
                + "phone's own number."))
    var passwordFile: String?

    @Option(help: "A CSV file with the columns number and password, as pbxctl imports it.")
    var extensions: String?

    @Flag(help: "Call without registering: for a server that does not challenge. Needs --to.")
    var noRegister = false

    @Option(help: "REGISTERs a second, at the beginning and at the end.")
    var registrationsPerSecond = 100.0

    @Option(help: "What REGISTER asks for.")
    var expires = SpokenDuration(.seconds(600))
}

/// What they do.
struct CallOptions: ParsableArguments {
    @Option(help: "The number that all phones call; without it, they call each other.")
    var to: String?

    @Option(help: "New calls a second.")
    var callsPerSecond = 10.0

    @Option(help: "So many calls and no more; 0 only registers.")
    var calls = LoadPlan.callLimit

    @Option(help: "New calls for so long and no longer: 90s, 20m, 8h.")
    var duration = SpokenDuration(.seconds(60))

    @Option(help: "How long each call is talked.")
    var talk = SpokenDuration(.seconds(10))

    @Option(help: "How long a phone rings before it is answered.")
    var ring = SpokenDuration(.zero)

    @Option(help: "How long a caller waits for an answer.")
    var patience = SpokenDuration(.seconds(60))

    @Option(help: "What people say: off, probe (now and then a packet) or full (each 20 ms).")
    var sound = SoundPlan.probe

    @Option(help: "UDP ports for sound; the even ones are used.")
    var soundPorts = PortRange(40_000...59_999)
}

/// What is told.
struct ReportOptions: ParsableArguments {
    @Option(help: "More failures than this, and the exit code is 1.")
    var maxFailures = 0

    @Flag(help: "The report as JSON.")
    var json = false

    @Flag(help: "No line of progress on standard error.")
    var quiet = false
}

/// A range of ports: `40000-59999`.
struct PortRange: ExpressibleByArgument, Equatable, Sendable {
    var ports: ClosedRange<UInt16>

    init(_ ports: ClosedRange<UInt16>) {
        self.ports = ports
    }

    init?(argument: String) {
        let ends = argument.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let first = UInt16(ends[0]), let last = UInt16(ends[1]),
            first >= 1024, first < last
        else { return nil }
        ports = first...last
    }

    var defaultValueDescription: String { "\(ports.lowerBound)-\(ports.upperBound)" }
}

extension SoundPlan: ExpressibleByArgument {}
