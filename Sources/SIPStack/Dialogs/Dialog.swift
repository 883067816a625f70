/// A dialog: a lasting relation of two UAs, named by Call-ID and two tags (RFC 3261 §12).
///
/// A value that makes the requests of our side and judges those of the other.
public struct Dialog: Sendable, Equatable {
    public let sipCallID: String
    public let localTag: String
    public let remoteTag: String
    /// Our From, with our tag.
    public var local: NameAddress
    /// Our To, with the other side's tag.
    public var remote: NameAddress
    /// The CSeq of our last request.
    public private(set) var localSequence: UInt32
    /// The CSeq of the last request that came; nil before the first.
    public private(set) var remoteSequence: UInt32?
    /// Where the other side is, by its last Contact.
    public private(set) var remoteTarget: URI
    /// Proxies on the way, nearest first.
    public private(set) var routeSet: [NameAddress]

    public var id: DialogID {
        DialogID(sipCallID: sipCallID, localTag: localTag, remoteTag: remoteTag)
    }

    /// A UAS's dialog, made by its response with that tag (§12.1.1).
    ///
    /// A request without Contact (INVITE must have one) is aimed at its From.
    public init(accepting request: Request, localTag: String) {
        sipCallID = request.callID
        self.localTag = localTag
        remoteTag = request.from.tag ?? ""
        var localAddress = request.to
        localAddress.tag = localTag
        local = localAddress
        remote = request.from
        localSequence = 0
        remoteSequence = request.cSeq.number
        remoteTarget = request.contacts.first?.uri ?? request.from.uri
        routeSet = request.recordRoutes
    }

    /// A UAC's dialog, made by a response to its INVITE (§12.1.2). Nil where the response has no tag
    /// or says not where the UAS is.
    public init?(calling request: Request, response: Response) {
        guard let tag = response.to.tag else { return nil }
        let target = response.contacts.first?.uri
        guard target != nil || response.status.isProvisional else { return nil }
        sipCallID = request.callID
        localTag = request.from.tag ?? ""
        remoteTag = tag
        local = request.from
        remote = response.to
        localSequence = request.cSeq.number
        remoteSequence = nil
        remoteTarget = target ?? request.uri
        routeSet = response.recordRoutes.reversed()
    }

    /// A dialog as it was kept over a restart; nothing is known of the other side's numbers.
    public init(
        restoring id: DialogID, local: NameAddress, remote: NameAddress, remoteTarget: URI,
        routeSet: [NameAddress], localSequence: UInt32
    ) {
        sipCallID = id.sipCallID
        localTag = id.localTag
        remoteTag = id.remoteTag
        self.local = local
        self.remote = remote
        self.localSequence = localSequence
        remoteSequence = nil
        self.remoteTarget = remoteTarget
        self.routeSet = routeSet
    }

    /// The next request of our side, with its Route fields (§12.2.1.1). No Via, no Contact yet.
    public mutating func request(_ method: Method) -> Request {
        advanceSequence()
        return request(method, sequence: localSequence)
    }

    mutating func advanceSequence() { localSequence &+= 1 }

    /// The ACK of a 2xx to that INVITE: its number, not the next (§13.2.2.4).
    public func acknowledgement(of invite: Request) -> Request {
        var acknowledgement = request(.ack, sequence: invite.cSeq.number)
        // §22.1: the ACK carries the INVITE's credentials.
        for name in [FieldName.authorization, .proxyAuthorization] {
            if let credentials = invite.fields[name] { acknowledgement.fields[name] = credentials }
        }
        return acknowledgement
    }

    private func request(_ method: Method, sequence: UInt32) -> Request {
        var uri = remoteTarget
        var routes = routeSet
        if let first = routes.first, !first.isLooseRouter {
            // A strict router: it gets the Request-URI, our target goes last (§12.2.1.1).
            uri = first.uri
            routes.removeFirst()
            routes.append(NameAddress(uri: remoteTarget))
        }
        var fields = HeaderFields()
        for route in routes { fields.append(Route(route)) }
        fields.append(name: .maxForwards, raw: "70")
        return Request(
            method: method, uri: uri, from: local, to: remote, callID: sipCallID,
            cSeq: CSeq(number: sequence, method: method), fields: fields, body: [])
    }

    /// Whether a request's CSeq is in order; keeps it if so (§12.2.2). ACK and CANCEL don't count.
    public mutating func accepts(_ request: Request) -> Bool {
        guard request.method != .ack, request.method != .cancel else { return true }
        if let last = remoteSequence, request.cSeq.number <= last { return false }
        remoteSequence = request.cSeq.number
        return true
    }

    /// The early dialog becomes the confirmed one: the 2xx says anew where the other side is and
    /// what is on the way (§13.2.2.4).
    public mutating func confirm(by response: Response) {
        remote = response.to
        routeSet = response.recordRoutes.reversed()
        refreshTarget(from: response)
    }

    /// Takes the new Contact of a target refresh request, a re-INVITE or UPDATE (§12.2.2).
    public mutating func refreshTarget(from request: Request) {
        if let target = request.contacts.first?.uri { remoteTarget = target }
    }

    /// Takes the new Contact of a 2xx to our re-INVITE or UPDATE (§12.2.1.2).
    public mutating func refreshTarget(from response: Response) {
        if let target = response.contacts.first?.uri { remoteTarget = target }
    }
}

extension NameAddress {
    /// True where a Route's URI carries `lr` (RFC 3261 §19.1.1).
    var isLooseRouter: Bool { uri.sip?.isLooseRouter ?? false }
}
