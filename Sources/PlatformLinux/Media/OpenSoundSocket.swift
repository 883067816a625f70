import CLinux
import Platform
import Synchronization

/// One open socket of ``SoundSockets``.
///
/// The descriptor is used under a lock only: once closed, its number may be another's.
public final class OpenSoundSocket: Sendable {
    private static var closed: Int32 { -1 }

    public let address: SocketAddress
    private let descriptor: Mutex<Int32>
    private let receive: SoundSockets.Receiver
    private let forget: @Sendable () -> Void

    init(
        address: SocketAddress, descriptor: Int32, receive: @escaping SoundSockets.Receiver,
        forget: @escaping @Sendable () -> Void
    ) {
        self.address = address
        self.descriptor = Mutex(descriptor)
        self.receive = receive
        self.forget = forget
    }

    deinit { closeDescriptor() }

    /// Sends one packet; where it cannot go it is lost, as it could have been on the way.
    public func send(_ packet: [UInt8], to remote: SocketAddress) {
        let isV6 = !address.address.isIPv4
        guard isV6 != remote.address.isIPv4 else { return }
        var destination = clinux_media_address(
            high: remote.address.high, low: remote.address.low, port: remote.port)
        descriptor.withLock { descriptor in
            guard descriptor != Self.closed else { return }
            _ = packet.withUnsafeBufferPointer { bytes in
                clinux_media_send(descriptor, bytes.baseAddress, bytes.count, &destination, isV6)
            }
        }
    }

    public func close() {
        forget()
        closeDescriptor()
    }

    private func closeDescriptor() {
        descriptor.withLock { descriptor in
            guard descriptor != Self.closed else { return }
            clinux_media_close(descriptor)
            descriptor = Self.closed
        }
    }

    /// Takes one packet, on the receiving thread.
    func take(into buffer: UnsafeMutableBufferPointer<UInt8>, now: Instant) {
        var source = clinux_media_address()
        let count = descriptor.withLock { descriptor in
            descriptor == Self.closed
                ? 0
                : Int(clinux_media_receive(descriptor, buffer.baseAddress, buffer.count, &source))
        }
        guard count > 0, count < buffer.count else { return }
        receive(
            Array(buffer[..<count]),
            SocketAddress(
                address: IPAddress(high: source.high, low: source.low), port: source.port),
            now)
    }
}
