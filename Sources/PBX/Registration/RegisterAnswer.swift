import Platform
import SIPStack

/// The registrar's words: responses to REGISTER (RFC 3261 §10.3, RFC 3327, RFC 5626 §6).
struct RegisterAnswer {
    private let request: Request
    private let bindings: Bindings
    private let now: Instant
    /// The GRUUs of a device that has any; nil where the phone does not ask for them (RFC 5627 §5.3).
    var gruus: ((Binding) -> (public: URI, temporary: URI)?)?

    init(to request: Request, bindings: Bindings, now: Instant) {
        self.request = request
        self.bindings = bindings
        self.now = now
    }

    var success: Response {
        var response = Response(to: request, status: .ok)
        for binding in bindings.all where binding.expires > now {
            var contact = binding.contact
            let left = (binding.expires - now).components.seconds
            contact.parameters["expires"] = String(max(0, left))
            if let own = gruus?(binding) {
                contact.parameters.setQuoted("pub-gruu", own.public.text)
                contact.parameters.setQuoted("temp-gruu", own.temporary.text)
            }
            response.fields.append(Contact.address(contact))
        }
        for path in request.pathAddresses { response.fields.append(Path(path)) }
        if bindings.all.contains(where: { $0.regID != nil }), request.supports("outbound") {
            response.fields.append(name: .require, raw: "outbound")
        }
        response.fields.append(name: .supported, raw: "path, outbound, gruu")
        return response
    }

    static func refusal(of request: Request, _ refusal: Bindings.Refusal) -> Response {
        switch refusal {
        case .malformed:
            return Response(to: request, status: .badRequest, reason: "Bad Contact")
        case .tooBrief(let least):
            var response = Response(to: request, status: .intervalTooBrief)
            response.fields[.minExpires] = String(least)
            return response
        case .tooMany:
            return Response(to: request, status: .forbidden, reason: "Too Many Contacts")
        case .circle:
            return Response(to: request, status: .forbidden, reason: "Contact Is A GRUU")
        case .outOfOrder:
            return Response(
                to: request, status: .serverInternalError, reason: "CSeq Out Of Order")
        }
    }
}

extension Bindings.Registration {
    /// Reads what a REGISTER asks for.
    init(_ request: Request, on flow: Flow, device: DeviceID) throws(Bindings.Refusal) {
        let isStar = request.hasContactStar
        let addresses = isStar ? [] : request.contacts
        guard isStar || !addresses.isEmpty || request.fields[.contact] == nil else {
            throw .malformed
        }
        contacts = addresses
        removesAll = isStar
        expires = request.expires
        path = request.pathAddresses
        sipCallID = request.callID
        sequence = request.cSeq.number
        self.flow = flow
        self.device = device
        userAgent = request.fields[.userAgent] ?? ""
        isSymmetric = request.vias.first.map { $0.rport != .absent } ?? false
    }
}

extension Request {
    /// The proxies between us and the contact (RFC 3327).
    var pathAddresses: [NameAddress] { ((try? fields.all(Path.self)) ?? []).map(\.address) }
}
