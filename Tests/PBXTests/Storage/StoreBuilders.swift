import Foundation
import PBX
import Platform
import Synchronization

/// A lane that runs nothing until told: what waits together is in the test's hands.
final class HeldLane: StorageLane {
    private let jobs = Mutex<[@Sendable () -> Void]>([])
    private let hurried = Mutex(0)

    /// Jobs that somebody waited for.
    var hurriedCount: Int { hurried.withLock(\.self) }

    func perform(_ job: @escaping @Sendable () -> Void) {
        hurried.withLock { $0 += 1 }
        performUnhurried(job)
    }

    func performUnhurried(_ job: @escaping @Sendable () -> Void) {
        jobs.withLock { $0.append(job) }
    }

    /// Runs jobs until none is left; gives how many there were.
    @discardableResult
    func runAll() -> Int {
        var count = 0
        while let job = jobs.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
            job()
            count += 1
        }
        return count
    }
}

/// What completions gave, in order.
final class Collected<Value: Sendable>: Sendable {
    private let list = Mutex<[Value]>([])
    var values: [Value] { list.withLock { $0 } }
    func append(_ value: Value) { list.withLock { $0.append(value) } }
}

/// Randomness that counts: every draw differs, every run is the same.
final class RecordRandom: RandomSource {
    private let drawn: Mutex<UInt64>
    init(seed: UInt64 = 1) { drawn = Mutex(seed) }
    func next() -> UInt64 {
        drawn.withLock { value in
            value = value &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return value ^ value >> 31
        }
    }
}

/// A folder that is gone with its owner.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        let name = "strowger-test-\(UInt64.random(in: 0 ... .max))"
        path = FileManager.default.temporaryDirectory.appendingPathComponent(name).path
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }
}

func wallTime(_ seconds: Int64) -> WallTime {
    WallTime(microseconds: 1_790_000_000_000_000 + seconds * 1_000_000)
}

let office = constant(Domain("office.example"))

func number(_ digits: String) -> ExtensionNumber { constant(ExtensionNumber(digits)) }

/// A constant of a test, which reads well.
func constant<Value>(_ value: Value?) -> Value {
    guard let value else { preconditionFailure("a constant of the test cannot be read") }
    return value
}

/// The changes that make person, extension and device of one number.
func extensionRows(_ index: Int64, number digits: String) -> [ConfigurationChange] {
    [
        .setPerson(
            PersonRecord(
                personID: PersonID(number: index), domain: office, name: "Person \(digits)",
                email: "\(digits)@office.example", pinHash: "pbkdf2-sha256$1$AA==$AA==")),
        .setExtension(
            ExtensionRecord(
                extensionID: ExtensionID(number: index), domain: office, number: number(digits),
                personID: PersonID(number: index))),
        .setDevice(
            DeviceRecord(
                deviceID: DeviceID(number: index), domain: office,
                extensionID: ExtensionID(number: index), name: "phone",
                secret: DeviceSecret(
                    authName: digits, realm: office.name,
                    md5: String(repeating: "a", count: 32),
                    sha256: String(repeating: "b", count: 64)))),
    ]
}

func revisionNote(_ comment: String = "test") -> RevisionNote {
    RevisionNote(author: "test", at: wallTime(0), comment: comment)
}

func flowRecord(transport: TransportKind = .udp, connection: UInt64 = 0) -> FlowRecord {
    FlowRecord(
        transport: transport, listener: 0, local: "127.0.0.1:5060", remote: "127.0.0.1:40000",
        connection: connection)
}

func bindingRecord(
    _ extensionID: Int64 = 1, contact: String = "sip:100@127.0.0.1:40000",
    isConnectionBound: Bool = false, instanceID: String? = nil, regID: UInt32? = nil,
    expires: Int64 = 3600
) -> BindingRecord {
    BindingRecord(
        domain: office, extensionID: ExtensionID(number: extensionID),
        deviceID: DeviceID(number: extensionID), contact: contact,
        path: ["<sip:edge.example;lr>", "<sip:inner.example;lr>"],
        flow: flowRecord(
            transport: isConnectionBound ? .tls : .udp, connection: isConnectionBound ? .max : 0),
        isConnectionBound: isConnectionBound, instanceID: instanceID, regID: regID,
        qThousandths: 700, expires: wallTime(expires), sipCallID: "a84b4c76e66710", cSeq: .max,
        userAgent: "phone/1", registeredAt: wallTime(0))
}

func callRecord(_ callID: CallID, startedAt: Int64 = 0) -> CallRecord {
    CallRecord(
        callID: callID, domain: office, kind: .inside, caller: NumberForm(number("100")),
        callerName: "Ann", callerExtensionID: ExtensionID(number: 1),
        callee: NumberForm(text: "2125550100", type: .national, e164: "+12125550100"),
        calleeExtensionID: ExtensionID(number: 2), startedAt: wallTime(startedAt))
}

func legRecord(_ legID: LegID, of callID: CallID, role: LegRole = .caller) -> CallLegRecord {
    CallLegRecord(
        legID: legID, domain: office, callID: callID, role: role,
        party: NumberForm(number("100")), startedAt: wallTime(0))
}

func dialogRecord(_ legID: LegID, of callID: CallID, cSeq: UInt32 = 1) -> DialogRecord {
    DialogRecord(
        domain: office, callID: callID, legID: legID, sipCallID: "843817637684230",
        localTag: "1928301774", remoteTag: "a6c85cf", localURI: "sip:100@office.example",
        remoteURI: "sip:101@office.example", remoteTarget: "sip:101@127.0.0.1:40001",
        routeSet: ["<sip:p1.example;lr>", "<sip:p2.example;lr>"], flow: flowRecord(),
        localCSeq: cSeq)
}
