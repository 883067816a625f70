// Fields that name a dialog.

/// The dialog that the INVITE's shall take the place of (RFC 3891 §6.1).
public struct Replaces: FieldValue {
    public static let fieldName = FieldName.replaces
    public var callID: String
    public var parameters: Parameters

    public init(callID: String, toTag: String, fromTag: String) {
        self.callID = callID
        parameters = Parameters([("to-tag", toTag), ("from-tag", fromTag)])
    }

    public var toTag: String? { parameters["to-tag"] }
    public var fromTag: String? { parameters["from-tag"] }

    /// True where only an early dialog may be replaced.
    public var isEarlyOnly: Bool { parameters.contains("early-only") }

    public init(reading reader: inout FieldReader) throws(FieldError) {
        callID = try reader.callIDText()
        parameters = try reader.parameters()
        guard parameters["to-tag"] != nil, parameters["from-tag"] != nil else {
            throw reader.failure(.emptyValue)
        }
    }

    public func write(to writer: inout FieldWriter) {
        writer.writeLine(callID)
        writer.write(parameters)
    }
}

/// The dialog that the INVITE's shall join (RFC 3911 §7.1).
public struct Join: FieldValue {
    public static let fieldName = FieldName.join
    public var callID: String
    public var parameters: Parameters

    public init(callID: String, toTag: String, fromTag: String) {
        self.callID = callID
        parameters = Parameters([("to-tag", toTag), ("from-tag", fromTag)])
    }

    public var toTag: String? { parameters["to-tag"] }
    public var fromTag: String? { parameters["from-tag"] }

    public init(reading reader: inout FieldReader) throws(FieldError) {
        callID = try reader.callIDText()
        parameters = try reader.parameters()
        guard parameters["to-tag"] != nil, parameters["from-tag"] != nil else {
            throw reader.failure(.emptyValue)
        }
    }

    public func write(to writer: inout FieldWriter) {
        writer.writeLine(callID)
        writer.write(parameters)
    }
}

/// A dialog that sender and receiver share, as a proof (RFC 4538 §7).
public struct TargetDialog: FieldValue {
    public static let fieldName = FieldName.targetDialog
    public var callID: String
    public var parameters: Parameters

    public init(callID: String, localTag: String, remoteTag: String) {
        self.callID = callID
        parameters = Parameters([("local-tag", localTag), ("remote-tag", remoteTag)])
    }

    public var localTag: String? { parameters["local-tag"] }
    public var remoteTag: String? { parameters["remote-tag"] }

    public init(reading reader: inout FieldReader) throws(FieldError) {
        callID = try reader.callIDText()
        parameters = try reader.parameters()
        guard parameters["local-tag"] != nil, parameters["remote-tag"] != nil else {
            throw reader.failure(.emptyValue)
        }
    }

    public func write(to writer: inout FieldWriter) {
        writer.writeLine(callID)
        writer.write(parameters)
    }
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
