/// The statuses of RFC 3261 §21 and of the extensions that this stack knows.
extension Status {
    public static let trying = Status(known: 100)
    public static let ringing = Status(known: 180)
    public static let callIsBeingForwarded = Status(known: 181)
    public static let queued = Status(known: 182)
    public static let sessionProgress = Status(known: 183)
    public static let earlyDialogTerminated = Status(known: 199)
    public static let ok = Status(known: 200)
    public static let accepted = Status(known: 202)
    public static let noNotification = Status(known: 204)
    public static let multipleChoices = Status(known: 300)
    public static let movedPermanently = Status(known: 301)
    public static let movedTemporarily = Status(known: 302)
    public static let useProxy = Status(known: 305)
    public static let alternativeService = Status(known: 380)
    public static let badRequest = Status(known: 400)
    public static let unauthorized = Status(known: 401)
    public static let paymentRequired = Status(known: 402)
    public static let forbidden = Status(known: 403)
    public static let notFound = Status(known: 404)
    public static let methodNotAllowed = Status(known: 405)
    public static let notAcceptable = Status(known: 406)
    public static let proxyAuthenticationRequired = Status(known: 407)
    public static let requestTimeout = Status(known: 408)
    public static let gone = Status(known: 410)
    public static let conditionalRequestFailed = Status(known: 412)
    public static let requestEntityTooLarge = Status(known: 413)
    public static let requestURITooLong = Status(known: 414)
    public static let unsupportedMediaType = Status(known: 415)
    public static let unsupportedURIScheme = Status(known: 416)
    public static let unknownResourcePriority = Status(known: 417)
    public static let badExtension = Status(known: 420)
    public static let extensionRequired = Status(known: 421)
    public static let intervalTooSmall = Status(known: 422)
    public static let intervalTooBrief = Status(known: 423)
    public static let useIdentityHeader = Status(known: 428)
    public static let provideReferrerIdentity = Status(known: 429)
    public static let flowFailed = Status(known: 430)
    public static let anonymityDisallowed = Status(known: 433)
    public static let firstHopLacksOutboundSupport = Status(known: 439)
    public static let maxBreadthExceeded = Status(known: 440)
    public static let badInfoPackage = Status(known: 469)
    public static let temporarilyUnavailable = Status(known: 480)
    public static let callOrTransactionDoesNotExist = Status(known: 481)
    public static let loopDetected = Status(known: 482)
    public static let tooManyHops = Status(known: 483)
    public static let addressIncomplete = Status(known: 484)
    public static let ambiguous = Status(known: 485)
    public static let busyHere = Status(known: 486)
    public static let requestTerminated = Status(known: 487)
    public static let notAcceptableHere = Status(known: 488)
    public static let badEvent = Status(known: 489)
    public static let requestPending = Status(known: 491)
    public static let undecipherable = Status(known: 493)
    public static let securityAgreementRequired = Status(known: 494)
    public static let serverInternalError = Status(known: 500)
    public static let notImplemented = Status(known: 501)
    public static let badGateway = Status(known: 502)
    public static let serviceUnavailable = Status(known: 503)
    public static let serverTimeout = Status(known: 504)
    public static let versionNotSupported = Status(known: 505)
    public static let messageTooLarge = Status(known: 513)
    public static let pushNotificationServiceNotSupported = Status(known: 555)
    public static let preconditionFailure = Status(known: 580)
    public static let busyEverywhere = Status(known: 600)
    public static let decline = Status(known: 603)
    public static let doesNotExistAnywhere = Status(known: 604)
    public static let notAcceptableAnywhere = Status(known: 606)
    public static let unwanted = Status(known: 607)

    /// The phrase that the RFC gives; for an unknown status that of its class.
    public var reasonPhrase: String {
        Self.phrases[code] ?? Self.phrases[classDefault.code] ?? "Unknown"
    }

    private static let phrases: [Int: String] = [
        100: "Trying",
        180: "Ringing",
        181: "Call Is Being Forwarded",
        182: "Queued",
        183: "Session Progress",
        199: "Early Dialog Terminated",
        200: "OK",
        202: "Accepted",
        204: "No Notification",
        300: "Multiple Choices",
        301: "Moved Permanently",
        302: "Moved Temporarily",
        305: "Use Proxy",
        380: "Alternative Service",
        400: "Bad Request",
        401: "Unauthorized",
        402: "Payment Required",
        403: "Forbidden",
        404: "Not Found",
        405: "Method Not Allowed",
        406: "Not Acceptable",
        407: "Proxy Authentication Required",
        408: "Request Timeout",
        410: "Gone",
        412: "Conditional Request Failed",
        413: "Request Entity Too Large",
        414: "Request-URI Too Long",
        415: "Unsupported Media Type",
        416: "Unsupported URI Scheme",
        417: "Unknown Resource-Priority",
        420: "Bad Extension",
        421: "Extension Required",
        422: "Session Interval Too Small",
        423: "Interval Too Brief",
        428: "Use Identity Header",
        429: "Provide Referrer Identity",
        430: "Flow Failed",
        433: "Anonymity Disallowed",
        439: "First Hop Lacks Outbound Support",
        440: "Max-Breadth Exceeded",
        469: "Bad Info Package",
        480: "Temporarily Unavailable",
        481: "Call/Transaction Does Not Exist",
        482: "Loop Detected",
        483: "Too Many Hops",
        484: "Address Incomplete",
        485: "Ambiguous",
        486: "Busy Here",
        487: "Request Terminated",
        488: "Not Acceptable Here",
        489: "Bad Event",
        491: "Request Pending",
        493: "Undecipherable",
        494: "Security Agreement Required",
        500: "Server Internal Error",
        501: "Not Implemented",
        502: "Bad Gateway",
        503: "Service Unavailable",
        504: "Server Time-out",
        505: "Version Not Supported",
        513: "Message Too Large",
        555: "Push Notification Service Not Supported",
        580: "Precondition Failure",
        600: "Busy Everywhere",
        603: "Decline",
        604: "Does Not Exist Anywhere",
        606: "Not Acceptable",
        607: "Unwanted",
    ]
}
