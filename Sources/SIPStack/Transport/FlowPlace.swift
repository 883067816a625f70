import Platform

/// Who is at the far end of a stream: behind one there may be several devices, each with a contact.
///
/// A device whose stream broke, and that registers again by another, is the same place: its dialogs
/// go on there (RFC 5626 §5.3 in spirit; a dialog has no name of its own for that).
struct FlowPlace: Hashable, Sendable {
    var flow: Flow
    var host: Host
    var port: UInt16

    /// - Returns: nil for a datagram's flow, which cannot break, and a contact that is no SIP URI.
    init?(_ flow: Flow, contact: URI) {
        guard flow.transport != .udp, let sip = contact.sip else { return nil }
        self.flow = flow
        host = sip.host
        port = sip.effectivePort
    }

    /// Where a request was to go; nil where others route it.
    init?(_ flow: Flow, of request: Request) {
        guard request.routes.isEmpty else { return nil }
        self.init(flow, contact: request.uri)
    }
}
