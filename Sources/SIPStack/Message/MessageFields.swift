/// What requests and responses have in common: their fields, with the ones that every element
/// asks for by name.
public protocol FieldBearing {
    var vias: [Via] { get set }
    var from: NameAddress { get set }
    var to: NameAddress { get set }
    var callID: String { get set }
    var cSeq: CSeq { get set }
    var fields: HeaderFields { get set }
    var body: [UInt8] { get set }
}

extension Request: FieldBearing {}
extension Response: FieldBearing {}

/// A field that is malformed reads as absent here; `fields.all` and `fields.first` say why.
extension FieldBearing {
    /// Every Contact's address.
    public var contacts: [NameAddress] {
        get { every(Contact.self).compactMap(\.address) }
        set {
            fields.remove(.contact)
            fields.append(newValue.map(Contact.address))
        }
    }

    /// True where Contact is `*` (RFC 3261 §10.2.2).
    public var hasContactStar: Bool { every(Contact.self).contains(.any) }

    public var recordRoutes: [NameAddress] { every(RecordRoute.self).map(\.address) }

    public var routes: [NameAddress] {
        get { every(Route.self).map(\.address) }
        set {
            fields.remove(.route)
            fields.append(newValue.map(Route.init))
        }
    }

    public var supported: [String] { every(Supported.self).map(\.token) }
    public var required: [String] { every(Require.self).map(\.token) }
    public var allowed: [Method] { every(Allow.self).map(\.method) }

    /// True where the option tag stands in Supported or Require.
    public func supports(_ optionTag: String) -> Bool {
        (supported + required).contains { equalIgnoringCase($0, optionTag) }
    }

    public var expires: UInt32? {
        get { one(Expires.self)?.number }
        set { set(newValue.map(Expires.init)) }
    }

    func every<Value: FieldValue>(_ type: Value.Type) -> [Value] {
        (try? fields.all(type)) ?? []
    }

    func one<Value: FieldValue>(_ type: Value.Type) -> Value? {
        (try? fields.first(type)) ?? nil
    }

    mutating func set<Value: FieldValue>(_ value: Value?) {
        if let value { fields.set(value) } else { fields.remove(Value.fieldName) }
    }
}

extension Request {
    /// Hops left; nil where the field is absent.
    public var maxForwards: Int? {
        get { one(MaxForwards.self).map { Int($0.number) } }
        set { set(newValue.map { MaxForwards(UInt32(min(max($0, 0), 255))) }) }
    }
}
