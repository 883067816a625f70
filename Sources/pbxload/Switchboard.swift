import Platform
import SIPStack
import Synchronization

/// Finds the phone that a request is for, where phones share one transport layer.
final class Switchboard: SIPSink {
    private let sinks = Mutex<[String: any SIPSink]>([:])
    /// Answers what is for nobody; set once, before anything comes.
    private let transport = Mutex<SIPTransport?>(nil)

    func connect(_ transport: SIPTransport) {
        self.transport.withLock { $0 = transport }
    }

    func add(_ number: String, _ sink: any SIPSink) {
        sinks.withLock { $0[number] = sink }
    }

    /// Lets go of everything: the transport layer holds this, and this it.
    func close() {
        sinks.withLock { $0 = [:] }
        transport.withLock { $0 }?.close()
        transport.withLock { $0 = nil }
    }

    func post(_ event: SIPEvent) {
        switch event {
        case .request(let request, let transaction, _):
            guard let sink = sink(for: request) else { return refuse(request, transaction) }
            sink.post(event)
        case .acknowledgement(let request, _), .cancelled(_, let request):
            sink(for: request)?.post(event)
        case .flowClosed:
            for sink in sinks.withLock({ Array($0.values) }) { sink.post(event) }
        case .response, .failed, .unanswered:
            break  // They come to the phone's own sink; here they would be nobody's.
        }
    }

    /// The Contact's user part is the phone's number.
    private func sink(for request: Request) -> (any SIPSink)? {
        guard let number = request.uri.sip?.user else { return nil }
        return sinks.withLock { $0[number] }
    }

    private func refuse(_ request: Request, _ transaction: ServerTransactionID) {
        transport.withLock { $0 }?
            .respond(Response(to: request, status: .notFound), to: transaction)
    }
}
