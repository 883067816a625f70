import NIOCore
import NIOSSL

extension TLSVerification {
    /// What outgoing TLS connections are made with.
    func makeContext() throws(SignallingError) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.shutdownTimeout = TLSVerification.shutdownTimeout
        var file = "the system's authorities"
        switch self {
        case .none:
            configuration.certificateVerification = .none
        case .systemAuthorities:
            configuration.certificateVerification = .noHostnameVerification
        case .authorities(let given):
            file = given
            _ = try Self.readable(given)
            configuration.certificateVerification = .noHostnameVerification
            configuration.trustRoots = .file(given)
        }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw .certificate(.refused(file: file, reason: streamErrorText(error)))
        }
    }

    /// How long the other side may take to confirm the end of a TLS connection.
    static var shutdownTimeout: TimeAmount { .seconds(1) }

    private static func readable(_ file: String) throws(SignallingError) -> [UInt8] {
        do {
            return try PrivateFolder.read(file).bytes
        } catch {
            throw .certificate(error)
        }
    }
}
