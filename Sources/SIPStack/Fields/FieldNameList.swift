/// The names of fields that this stack knows, each with its number: its place in the table.
extension FieldName {
    public static let via = FieldName(known: 1)
    public static let from = FieldName(known: 2)
    public static let to = FieldName(known: 3)
    public static let callID = FieldName(known: 4)
    public static let cSeq = FieldName(known: 5)
    public static let contact = FieldName(known: 6)
    public static let maxForwards = FieldName(known: 7)
    public static let contentLength = FieldName(known: 8)
    public static let contentType = FieldName(known: 9)
    public static let expires = FieldName(known: 10)
    public static let authorization = FieldName(known: 11)
    public static let proxyAuthorization = FieldName(known: 12)
    public static let wwwAuthenticate = FieldName(known: 13)
    public static let proxyAuthenticate = FieldName(known: 14)
    public static let authenticationInfo = FieldName(known: 15)
    public static let proxyAuthenticationInfo = FieldName(known: 16)
    public static let route = FieldName(known: 17)
    public static let recordRoute = FieldName(known: 18)
    public static let require = FieldName(known: 19)
    public static let proxyRequire = FieldName(known: 20)
    public static let supported = FieldName(known: 21)
    public static let unsupported = FieldName(known: 22)
    public static let allow = FieldName(known: 23)
    public static let allowEvents = FieldName(known: 24)
    public static let event = FieldName(known: 25)
    public static let subscriptionState = FieldName(known: 26)
    public static let userAgent = FieldName(known: 27)
    public static let server = FieldName(known: 28)
    public static let accept = FieldName(known: 29)
    public static let acceptEncoding = FieldName(known: 30)
    public static let acceptLanguage = FieldName(known: 31)
    public static let acceptContact = FieldName(known: 32)
    public static let rejectContact = FieldName(known: 33)
    public static let requestDisposition = FieldName(known: 34)
    public static let alertInfo = FieldName(known: 35)
    public static let callInfo = FieldName(known: 36)
    public static let errorInfo = FieldName(known: 37)
    public static let contentDisposition = FieldName(known: 38)
    public static let contentEncoding = FieldName(known: 39)
    public static let contentLanguage = FieldName(known: 40)
    public static let date = FieldName(known: 41)
    public static let inReplyTo = FieldName(known: 42)
    public static let mimeVersion = FieldName(known: 43)
    public static let minExpires = FieldName(known: 44)
    public static let organization = FieldName(known: 45)
    public static let priority = FieldName(known: 46)
    public static let replyTo = FieldName(known: 47)
    public static let retryAfter = FieldName(known: 48)
    public static let subject = FieldName(known: 49)
    public static let timestamp = FieldName(known: 50)
    public static let warning = FieldName(known: 51)
    public static let rSeq = FieldName(known: 52)
    public static let rAck = FieldName(known: 53)
    public static let privacy = FieldName(known: 54)
    public static let pAssertedIdentity = FieldName(known: 55)
    public static let pPreferredIdentity = FieldName(known: 56)
    public static let reason = FieldName(known: 57)
    public static let path = FieldName(known: 58)
    public static let serviceRoute = FieldName(known: 59)
    public static let referTo = FieldName(known: 60)
    public static let referredBy = FieldName(known: 61)
    public static let replaces = FieldName(known: 62)
    public static let join = FieldName(known: 63)
    public static let sipETag = FieldName(known: 64)
    public static let sipIfMatch = FieldName(known: 65)
    public static let sessionExpires = FieldName(known: 66)
    public static let minSE = FieldName(known: 67)
    public static let referSub = FieldName(known: 68)
    public static let targetDialog = FieldName(known: 69)
    public static let flowTimer = FieldName(known: 70)
    public static let diversion = FieldName(known: 71)
    public static let infoPackage = FieldName(known: 72)
    public static let recvInfo = FieldName(known: 73)
    public static let historyInfo = FieldName(known: 74)
    public static let maxBreadth = FieldName(known: 75)
    public static let identity = FieldName(known: 76)
    public static let identityInfo = FieldName(known: 77)
    public static let remotePartyID = FieldName(known: 78)
    public static let pAccessNetworkInfo = FieldName(known: 79)
    public static let pAssociatedURI = FieldName(known: 80)
    public static let pCalledPartyID = FieldName(known: 81)
    public static let pEarlyMedia = FieldName(known: 82)
    public static let sessionID = FieldName(known: 83)
    public static let userToUser = FieldName(known: 84)
    public static let answerMode = FieldName(known: 85)
    public static let geolocation = FieldName(known: 86)
    public static let suppressIfMatch = FieldName(known: 87)

    /// Canonical names by number less one; the order is that of the constants above.
    static let table: [(name: String, compact: String?)] = [
        ("Via", "v"),
        ("From", "f"),
        ("To", "t"),
        ("Call-ID", "i"),
        ("CSeq", nil),
        ("Contact", "m"),
        ("Max-Forwards", nil),
        ("Content-Length", "l"),
        ("Content-Type", "c"),
        ("Expires", nil),
        ("Authorization", nil),
        ("Proxy-Authorization", nil),
        ("WWW-Authenticate", nil),
        ("Proxy-Authenticate", nil),
        ("Authentication-Info", nil),
        ("Proxy-Authentication-Info", nil),
        ("Route", nil),
        ("Record-Route", nil),
        ("Require", nil),
        ("Proxy-Require", nil),
        ("Supported", "k"),
        ("Unsupported", nil),
        ("Allow", nil),
        ("Allow-Events", "u"),
        ("Event", "o"),
        ("Subscription-State", nil),
        ("User-Agent", nil),
        ("Server", nil),
        ("Accept", nil),
        ("Accept-Encoding", nil),
        ("Accept-Language", nil),
        ("Accept-Contact", "a"),
        ("Reject-Contact", "j"),
        ("Request-Disposition", "d"),
        ("Alert-Info", nil),
        ("Call-Info", nil),
        ("Error-Info", nil),
        ("Content-Disposition", nil),
        ("Content-Encoding", "e"),
        ("Content-Language", nil),
        ("Date", nil),
        ("In-Reply-To", nil),
        ("MIME-Version", nil),
        ("Min-Expires", nil),
        ("Organization", nil),
        ("Priority", nil),
        ("Reply-To", nil),
        ("Retry-After", nil),
        ("Subject", "s"),
        ("Timestamp", nil),
        ("Warning", nil),
        ("RSeq", nil),
        ("RAck", nil),
        ("Privacy", nil),
        ("P-Asserted-Identity", nil),
        ("P-Preferred-Identity", nil),
        ("Reason", nil),
        ("Path", nil),
        ("Service-Route", nil),
        ("Refer-To", "r"),
        ("Referred-By", "b"),
        ("Replaces", nil),
        ("Join", nil),
        ("SIP-ETag", nil),
        ("SIP-If-Match", nil),
        ("Session-Expires", "x"),
        ("Min-SE", nil),
        ("Refer-Sub", nil),
        ("Target-Dialog", nil),
        ("Flow-Timer", nil),
        ("Diversion", nil),
        ("Info-Package", nil),
        ("Recv-Info", nil),
        ("History-Info", nil),
        ("Max-Breadth", nil),
        ("Identity", "y"),
        ("Identity-Info", "n"),
        ("Remote-Party-ID", nil),
        ("P-Access-Network-Info", nil),
        ("P-Associated-URI", nil),
        ("P-Called-Party-ID", nil),
        ("P-Early-Media", nil),
        ("Session-ID", nil),
        ("User-to-User", nil),
        ("Answer-Mode", nil),
        ("Geolocation", nil),
        ("Suppress-If-Match", nil),
    ]
}
