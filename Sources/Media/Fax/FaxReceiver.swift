import CSpandsp
import Platform

/// A fax machine that is called (T.30 with V.17, V.29, V.27ter and error correction; libspandsp): by
/// sound, frame for frame, or by T.38, packet for packet. Pages go to a TIFF as they come.
///
/// One thread at a time; it writes to the file.
public final class FaxReceiver {
    private let machine: OpaquePointer
    private let outlet: Outlet
    private var passed = Duration.zero
    private var isTerminated = false
    /// Why we ended it.
    private var excess: String?

    /// Where packets go; apart, so that C can hold it.
    private final class Outlet {
        var send: (UnsafeRawBufferPointer) -> Void = { _ in }
    }

    /// - Parameters:
    ///   - path: of the TIFF, which is made with the first page.
    ///   - identity: what the sender is shown (CSI): up to 20 digits, spaces and `+`.
    ///   - image: by T.38, with a machine that says that of itself; nil: by sound.
    public init?(path: String, identity: String, image: UDPTLTerms?) {
        let outlet = Outlet()
        let send: cspandsp_send = { owner, packet, length in
            guard let owner, let packet, length > 0 else { return }
            Unmanaged<Outlet>.fromOpaque(owner).takeUnretainedValue().send(
                UnsafeRawBufferPointer(start: packet, count: Int(length)))
        }
        let owner = Unmanaged.passUnretained(outlet).toOpaque()
        let stated = image.map { $0.longest > 0 ? $0.longest : UDPTLLimits.datagram } ?? 0
        // Many say 72 and take more; with less no packet could say anything.
        let longest = Int32(clamping: min(max(stated, 72), UDPTLLimits.datagram))
        guard
            let machine = cspandsp_fax_answer(
                path, identity, image == nil ? nil : send, longest, owner)
        else { return nil }
        self.machine = machine
        self.outlet = outlet
    }

    deinit { cspandsp_fax_free(machine) }

    /// The call may be hung up: T.30 has come to its end.
    public var isOver: Bool { isTerminated || cspandsp_fax_is_over(machine) }

    /// Something of T.30 came.
    public var hasHeard: Bool { cspandsp_fax_has_heard(machine) }

    public var pageCount: Int { Int(cspandsp_fax_stands(machine).pages) }

    public var outcome: FaxOutcome {
        let standing = cspandsp_fax_stands(machine)
        let words = String(cString: cspandsp_fax_words(machine))
        return FaxOutcome(
            pageCount: Int(standing.pages),
            bitRate: standing.pages > 0 ? Int(standing.bit_rate) : 0,
            sender: FaxLimits.name(String(cString: cspandsp_fax_sender(machine))),
            hasErrorCorrection: standing.corrects_errors,
            isComplete: standing.result == 0 && excess == nil,
            words: excess ?? (words.isEmpty ? "the call ended before the fax did" : words))
    }

    /// Takes 20 ms of the sender, and says 20 ms in place of them.
    public func exchange(_ frame: inout MutableSpan<Int16>) {
        let count = frame.count
        frame.withUnsafeMutableBufferPointer { samples in
            guard let start = samples.baseAddress else { return }
            cspandsp_fax_exchange(machine, start, Int32(count))
        }
        note(.nanoseconds(Int64(count) * 125_000))
    }

    /// Takes an IFP packet of the sender (T.38 §7).
    public func take(_ packet: [UInt8], number: UInt16) {
        guard !isTerminated, !packet.isEmpty else { return }
        cspandsp_fax_take(machine, packet, Int32(clamping: packet.count), number)
    }

    /// By T.38: a frame's time has passed; what is to be sent now goes to `send`.
    public func passFrame(_ send: (UnsafeRawBufferPointer) -> Void) {
        withoutActuallyEscaping(send) { send in
            outlet.send = send
            cspandsp_fax_pass_time(machine, Int32(FaxLine.frameSize))
            outlet.send = { _ in }
        }
        note(SoundLimits.frame)
    }

    /// Ends it, and closes its file.
    public func terminate() {
        guard !isTerminated else { return }
        isTerminated = true
        cspandsp_fax_terminate(machine)
    }

    /// Nobody may send for ever, nor a page without end.
    private func note(_ duration: Duration) {
        passed += duration
        let standing = cspandsp_fax_stands(machine)
        if Int(standing.rows) > FaxLimits.rows { excess = "a page is too long" }
        if Int(standing.pages) >= FaxLimits.pages { excess = "too many pages" }
        if passed > FaxLimits.time { excess = "it takes too long" }
        if excess != nil { terminate() }
    }
}
