// Fields that name a dialog.

/// A Call-ID and two tags, which must be there.
public protocol DialogReference: FieldValue {
    /// What the tags are called.
    static var tagNames: (String, String) { get }
    var callID: String { get set }
    /// The tags too.
    var parameters: Parameters { get set }
    /// - Parameter parameters: with both tags.
    init(callID: String, parameters: Parameters)
}

extension DialogReference {
    public init(reading reader: inout FieldReader) throws(FieldError) {
        let callID = try reader.callIDText()
        let parameters = try reader.parameters()
        guard parameters[Self.tagNames.0] != nil, parameters[Self.tagNames.1] != nil else {
            throw reader.failure(.emptyValue)
        }
        self.init(callID: callID, parameters: parameters)
    }

    public func write(to writer: inout FieldWriter) {
        writer.writeLine(callID)
        writer.write(parameters)
    }
}

/// The dialog that the INVITE's shall take the place of (RFC 3891 §6.1).
public struct Replaces: DialogReference {
    public static let fieldName = FieldName.replaces
    public static let tagNames = ("to-tag", "from-tag")
    public var callID: String
    public var parameters: Parameters

    public init(callID: String, parameters: Parameters) {
        self.callID = callID
        self.parameters = parameters
    }

    public var toTag: String? { parameters["to-tag"] }
    public var fromTag: String? { parameters["from-tag"] }

    /// True where only an early dialog may be replaced.
    public var isEarlyOnly: Bool { parameters.contains("early-only") }
}

/// The dialog that the INVITE's shall join (RFC 3911 §7.1).
public struct Join: DialogReference {
    public static let fieldName = FieldName.join
    public static let tagNames = ("to-tag", "from-tag")
    public var callID: String
    public var parameters: Parameters

    public init(callID: String, parameters: Parameters) {
        self.callID = callID
        self.parameters = parameters
    }

    public var toTag: String? { parameters["to-tag"] }
    public var fromTag: String? { parameters["from-tag"] }
}

/// A dialog that sender and receiver share, as a proof (RFC 4538 §7).
public struct TargetDialog: DialogReference {
    public static let fieldName = FieldName.targetDialog
    public static let tagNames = ("local-tag", "remote-tag")
    public var callID: String
    public var parameters: Parameters

    public init(callID: String, parameters: Parameters) {
        self.callID = callID
        self.parameters = parameters
    }

    public var localTag: String? { parameters["local-tag"] }
    public var remoteTag: String? { parameters["remote-tag"] }
}

extension FieldReader {
    /// `word [ "@" word ]`, up to a parameter or the end.
    mutating func callIDText() throws(FieldError) -> String {
        let first = position
        while position < end, ByteClass.contains(bytes[position], .callID),
            bytes[position] != UInt8(ascii: ";"), bytes[position] != UInt8(ascii: ",")
        {
            position += 1
        }
        guard position > first else { throw failure(.emptyValue) }
        return text(first..<position)
    }
}
