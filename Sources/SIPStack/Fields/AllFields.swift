/// A field's parser by its name: reads a line and writes it again, for tests and fuzzing.
@_spi(Fuzzing) public struct FieldParser: Sendable {
    public let name: FieldName
    /// The line as it is written after it was read.
    public let rewrite: @Sendable ([UInt8]) throws(FieldError) -> [UInt8]

    init<Value: FieldValue>(_ type: Value.Type) {
        name = Value.fieldName
        rewrite = { (bytes: [UInt8]) throws(FieldError) -> [UInt8] in
            var reader = FieldReader(bytes)
            let values = try reader.every(Value.self)
            var writer = FieldWriter()
            for (index, value) in values.enumerated() {
                if index > 0 { writer.write(", ") }
                value.write(to: &writer)
            }
            return writer.bytes
        }
    }
}

/// The parsers of every field that has a type of its own.
@_spi(Fuzzing) public let allFieldParsers: [FieldParser] = [
    FieldParser(Contact.self), FieldParser(Route.self), FieldParser(RecordRoute.self),
    FieldParser(Path.self), FieldParser(ServiceRoute.self), FieldParser(ReplyTo.self),
    FieldParser(PAssertedIdentity.self), FieldParser(PPreferredIdentity.self),
    FieldParser(RemotePartyID.self), FieldParser(PAssociatedURI.self),
    FieldParser(PCalledPartyID.self), FieldParser(ReferTo.self), FieldParser(ReferredBy.self),
    FieldParser(ReferSub.self), FieldParser(Diversion.self), FieldParser(HistoryInfo.self),
    FieldParser(Replaces.self), FieldParser(Join.self), FieldParser(TargetDialog.self),
    FieldParser(MaxForwards.self), FieldParser(MaxBreadth.self), FieldParser(Expires.self),
    FieldParser(MinExpires.self), FieldParser(RSeq.self), FieldParser(FlowTimer.self),
    FieldParser(RAck.self), FieldParser(SessionExpires.self), FieldParser(MinSE.self),
    FieldParser(Supported.self), FieldParser(Require.self), FieldParser(ProxyRequire.self),
    FieldParser(Unsupported.self), FieldParser(Allow.self), FieldParser(AllowEvents.self),
    FieldParser(Event.self), FieldParser(SubscriptionState.self), FieldParser(InfoPackage.self),
    FieldParser(RecvInfo.self), FieldParser(SIPETag.self), FieldParser(SIPIfMatch.self),
    FieldParser(SuppressIfMatch.self), FieldParser(Privacy.self), FieldParser(Reason.self),
    FieldParser(WWWAuthenticate.self), FieldParser(ProxyAuthenticate.self),
    FieldParser(Authorization.self), FieldParser(ProxyAuthorization.self),
    FieldParser(AuthenticationInfo.self), FieldParser(ProxyAuthenticationInfo.self),
    FieldParser(Accept.self), FieldParser(AcceptEncoding.self), FieldParser(AcceptLanguage.self),
    FieldParser(ContentType.self), FieldParser(ContentDisposition.self),
    FieldParser(ContentEncoding.self), FieldParser(ContentLanguage.self),
    FieldParser(MIMEVersion.self), FieldParser(AlertInfo.self), FieldParser(CallInfo.self),
    FieldParser(ErrorInfo.self), FieldParser(RetryAfter.self), FieldParser(Timestamp.self),
    FieldParser(Warning.self), FieldParser(SentDate.self), FieldParser(InReplyTo.self),
    FieldParser(Subject.self), FieldParser(Organization.self), FieldParser(UserAgent.self),
    FieldParser(Server.self), FieldParser(UserToUser.self), FieldParser(SessionID.self),
    FieldParser(Priority.self), FieldParser(AnswerMode.self), FieldParser(PEarlyMedia.self),
    FieldParser(RequestDisposition.self), FieldParser(ViaField.self), FieldParser(FromField.self),
    FieldParser(ToField.self), FieldParser(CSeqField.self),
]
