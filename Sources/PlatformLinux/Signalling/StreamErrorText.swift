import NIOCore
import NIOPosix
import NIOSSL

/// What failed on a stream connection, in words.
func streamErrorText(_ error: any Error) -> String {
    switch error {
    case let error as IOError:
        systemErrorText(error.errnoCode)
    case ChannelError.connectTimeout:
        "it took too long"
    case ChannelError.ioOnClosedChannel, ChannelError.alreadyClosed, ChannelError.eof,
        ChannelError.outputClosed:
        "the connection is gone"
    case NIOSSLError.uncleanShutdown:
        "the other side broke off"
    case let error as NIOConnectionError:
        error.connectionErrors.first.map { streamErrorText($0.error) } ?? "no address answered"
    default:
        "\(error)"
    }
}
