import Media
import PBX
import Platform

/// What a test puts between the exchange and its seams, to prove that the invariants find faults.
///
/// Nothing is changed where a wrapper is left out. Phones and the world itself stay as they are.
public struct Sabotage: Sendable {
    /// The exchange's time, timers, randomness and recorder.
    public var seams: @Sendable (World) -> World = { $0 }
    /// What the exchange sends.
    public var network: @Sendable (any SignallingNetwork) -> any SignallingNetwork = { $0 }
    /// What comes to it.
    public var sink: @Sendable (any NetworkSink) -> any NetworkSink = { $0 }
    public var media: @Sendable (any MediaPlane) -> any MediaPlane = { $0 }
    public var faxes: @Sendable (any FaxPlane) -> any FaxPlane = { $0 }
    public var lane: @Sendable (any StorageLane) -> any StorageLane = { $0 }
    /// Called with the store of each exchange that starts.
    public var opened: @Sendable (Store, Domain) -> Void = { _, _ in }

    public init() {}

    public static let none = Sabotage()
}
