import SIPStack

/// A phone's dialog, kept by hand (RFC 3261 §12): independent of the exchange's own.
struct PhoneDialog: Sendable {
    var sipCallID: String
    var localTag: String
    /// Nil until the other side has answered with one.
    var remoteTag: String?
    var local: NameAddress
    var remote: NameAddress
    var remoteTarget: URI
    /// The Route lines, in the order in which they are sent.
    var routes: [String] = []
    var localSequence: UInt32
    var remoteSequence: UInt32?
    /// The last request of the other side, and what it got: for when it comes again by another
    /// stream, after its own broke.
    var lastTaken: (branch: String?, response: Response?)?

    /// The dialog that an INVITE of ours may begin.
    init(calling uri: URI, from local: NameAddress, sipCallID: String, localTag: String) {
        self.sipCallID = sipCallID
        self.localTag = localTag
        self.local = local
        self.local.tag = localTag
        remote = NameAddress(uri: uri)
        remoteTarget = uri
        localSequence = 0
    }

    /// The dialog that answers an INVITE.
    init(answering request: Request, localTag: String) {
        sipCallID = request.callID
        self.localTag = localTag
        remoteTag = request.from.tag ?? ""
        local = request.to
        local.tag = localTag
        remote = request.from
        remoteTarget = request.contacts.first?.uri ?? request.from.uri
        routes = Self.lines(.recordRoute, of: request.fields)
        localSequence = 0
        remoteSequence = request.cSeq.number
        lastTaken = (request.vias.first?.branch, nil)
    }

    var dialogID: DialogID? {
        remoteTag.map { DialogID(sipCallID: sipCallID, localTag: localTag, remoteTag: $0) }
    }

    /// Takes what a response to our INVITE says about the other side.
    mutating func confirm(by response: Response) {
        remoteTag = response.to.tag
        remote = response.to
        if let target = response.contacts.first?.uri { remoteTarget = target }
        routes = Self.lines(.recordRoute, of: response.fields).reversed()
    }

    mutating func request(_ method: Method, body: [UInt8] = []) -> Request {
        localSequence += 1
        return request(method, number: localSequence, body: body)
    }

    /// The ACK of a 2xx: the INVITE's number and credentials (§13.2.2.4).
    func acknowledgement(of invite: Request, body: [UInt8]) -> Request {
        var acknowledgement = request(.ack, number: invite.cSeq.number, body: body)
        for name in [FieldName.authorization, .proxyAuthorization] {
            if let credentials = invite.fields[name] { acknowledgement.fields[name] = credentials }
        }
        return acknowledgement
    }

    private func request(_ method: Method, number: UInt32, body: [UInt8]) -> Request {
        var fields = HeaderFields()
        fields[.maxForwards] = "70"
        for route in routes { fields.append(name: .route, raw: route) }
        if !body.isEmpty { fields[.contentType] = "application/sdp" }
        return Request(
            method: method, uri: remoteTarget, from: local, to: remote, callID: sipCallID,
            cSeq: CSeq(number: number, method: method), fields: fields, body: body)
    }

    private static func lines(_ name: FieldName, of fields: HeaderFields) -> [String] {
        fields.lines.filter { $0.name == name }.map(\.value)
    }
}
