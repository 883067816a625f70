import Platform
import SIPStack

/// Takes what arrives at a phone's socket for sound.
public typealias SoundReceiver =
    @Sendable (_ packet: [UInt8], _ source: SocketAddress, _ now: Instant) -> Void

/// Where a virtual phone stands: its way into a network, simulated or real.
///
/// Everything else of a phone is the same in the simulated world and under a real load.
public protocol PhonePlace: Sendable {
    /// Names the phone in traces.
    var name: String { get }

    /// Where others reach the phone by that transport: what its Contact says.
    func signallingAddress(_ transport: TransportKind) -> SocketAddress

    /// The transport layer that the phone speaks through.
    ///
    /// - Parameters:
    ///   - number: the phone's own; a transport layer that phones share finds by it whom a request
    ///     outside of any dialog is for.
    ///   - sink: takes what is for this phone and belongs to no transaction or dialog yet.
    func makeTransport(number: String, world: World, sink: any SIPSink) -> SIPTransport

    /// A socket for one call's sound; nil where none is free.
    func openSound(_ hear: @escaping SoundReceiver) -> (any SoundSocket)?

    /// Whose alarms say when to speak; nil: the world's, as all else.
    var soundTimers: (any Timers)? { get }

    /// How often the box that translates its address has forgotten who is where.
    var boxLife: Int { get }

    // Only a simulated place can do these:
    /// Nothing comes in or goes out; without power the transport layer's sockets are gone, too.
    func goDown(isPowerLost: Bool)
    /// Ends ``goDown(isPowerLost:)``.
    func comeUp()
    /// Takes another address; while down.
    func move(to address: IPAddress)
}

extension PhonePlace {
    public var soundTimers: (any Timers)? { nil }
    public var boxLife: Int { 0 }
    public func goDown(isPowerLost: Bool) {}
    public func comeUp() {}
    public func move(to address: IPAddress) {}
}

/// A socket for one call's sound; closed by its phone when the call ends.
public protocol SoundSocket: Sendable {
    var address: SocketAddress { get }
    func send(_ packet: [UInt8], to remote: SocketAddress)
    func close()
}
