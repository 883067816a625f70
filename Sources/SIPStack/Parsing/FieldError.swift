/// Why a field, or a part of one, could not be read.
public struct FieldError: Error, Hashable, Sendable {
    public enum Reason: Hashable, Sendable {
        case expectedToken, expectedNumber, expectedQuotedString, unterminatedQuote
        case expectedHost, badPort, badAddress, badEscape
        case expectedScheme, badURI, unterminatedURI
        case expected(UInt8)
        /// Bytes are left where the field should have ended.
        case trailingBytes
        case numberTooLarge, badDate, badVersion, badCharacter, emptyValue
        case tooManyElements
    }

    public var reason: Reason
    /// Bytes from the start of the field's value.
    public var offset: Int

    public init(_ reason: Reason, offset: Int) {
        self.reason = reason
        self.offset = offset
    }
}
