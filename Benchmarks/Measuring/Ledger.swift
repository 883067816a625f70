import Media
import Synchronization

/// Remembers the ports of the legs that were opened; one that is refused ends the benchmark.
public final class Ledger: MediaSink {
    private let local = Mutex<[UInt64: LocalStream]>([:])

    public init() {}

    public func post(_ event: MediaEvent) {
        switch event {
        case .opened(let leg, let streams): local.withLock { $0[leg.number] = streams[0] }
        case .refused(let leg, let reason): fail("leg \(leg.number): \(reason)")
        default: break
        }
    }

    public func stream(of leg: UInt64) -> LocalStream? { local.withLock { $0[leg] } }
}
