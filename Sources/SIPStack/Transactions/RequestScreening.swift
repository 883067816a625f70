/// What every request is checked for before anyone else sees it (RFC 3261 §8.2).
struct RequestScreening: Sendable {
    private let settings: TransactionSettings

    init(_ settings: TransactionSettings) {
        self.settings = settings
    }

    /// The answer to a request that we cannot serve; nil for one to go on with.
    func refusal(of request: Request) -> Response? {
        // §8.2.1, §21.5.2: 501 where the method means nothing to us, 405 where it is not offered.
        guard settings.methods.contains(request.method) else {
            return Method.known.contains(request.method)
                ? .methodNotAllowed(to: request, allowing: settings.methods)
                : .notImplemented(to: request, allowing: settings.methods)
        }
        // §8.2.2.1.
        if case .other = request.uri {
            return Response(to: request, status: .unsupportedURIScheme)
        }
        // §10.3: an AoR that no registrar has.
        if request.method == .register, case .other = request.to.uri {
            return Response(to: request, status: .badRequest, reason: "AoR Is Not A SIP URI")
        }
        // §8.2.2.3.
        let unsupported = request.required.filter {
            !settings.supportedExtensions.contains($0.lowercased())
        }
        return unsupported.isEmpty ? nil : .badExtension(to: request, unsupported: unsupported)
    }
}

/// The refusals of RFC 3261 that must say what would be taken instead.
extension Response {
    /// 405 with Allow (§21.4.6).
    public static func methodNotAllowed(
        to request: Request, allowing methods: [Method]
    ) -> Response {
        refusal(of: request, .methodNotAllowed, .allow, methods.map(\.name))
    }

    /// 501 with Allow (§21.5.2).
    public static func notImplemented(
        to request: Request, allowing methods: [Method]
    ) -> Response {
        refusal(of: request, .notImplemented, .allow, methods.map(\.name))
    }

    /// 420 with Unsupported (§21.4.15).
    public static func badExtension(
        to request: Request, unsupported optionTags: [String]
    ) -> Response {
        refusal(of: request, .badExtension, .unsupported, optionTags)
    }

    /// 415 with Accept: the types that are taken (§21.4.13).
    public static func unsupportedMediaType(
        to request: Request, accepting types: [String]
    ) -> Response {
        refusal(of: request, .unsupportedMediaType, .accept, types)
    }

    /// 415 with Accept-Encoding: the codings that are taken.
    public static func unsupportedEncoding(
        to request: Request, accepting codings: [String]
    ) -> Response {
        refusal(of: request, .unsupportedMediaType, .acceptEncoding, codings)
    }

    /// 406: nothing that the request's Accept names can be made (§21.4.7).
    public static func notAcceptable(to request: Request) -> Response {
        Response(to: request, status: .notAcceptable)
    }

    /// 503 with Retry-After in seconds (§21.5.4).
    public static func serviceUnavailable(
        to request: Request, retryAfter seconds: Int
    ) -> Response {
        refusal(of: request, .serviceUnavailable, .retryAfter, [String(seconds)])
    }

    private static func refusal(
        of request: Request, _ status: Status, _ name: FieldName, _ values: [String]
    ) -> Response {
        var response = Response(to: request, status: status)
        response.fields[name] = values.joined(separator: ", ")
        return response
    }
}
