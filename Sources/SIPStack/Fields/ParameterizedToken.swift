/// A field whose values are a token with parameters.
public protocol ParameterizedToken: FieldValue {
    var token: String { get set }
    var parameters: Parameters { get set }
    init(_ token: String, parameters: Parameters)
}

extension ParameterizedToken {
    public static var form: FieldForm { .list }

    public init(reading reader: inout FieldReader) throws(FieldError) {
        let token = try reader.token()
        self.init(token, parameters: try reader.parameters())
    }

    public func write(to writer: inout FieldWriter) {
        writer.write(token)
        writer.write(parameters)
    }

    public static func == (first: Self, second: Self) -> Bool {
        equalIgnoringCase(first.token, second.token) && first.parameters == second.parameters
    }
}
