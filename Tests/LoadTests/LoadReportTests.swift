import Foundation
import Platform
import Testing

@testable import Sim
@testable import pbxload

/// The arithmetic of the report, and of what it is made from.
@Suite struct LoadReportTests {
    private static let usage = LoadReport.Usage(
        registeringCPUSeconds: 0, callingCPUSeconds: 0, registrationCPUMicroseconds: nil,
        callCPUMicroseconds: nil, peakMemoryBytes: 0, memoryBytesPerPhone: 0)

    private static func report(
        registered: Int = 1, failed: Int = 0, maxFailures: Int = 0
    ) -> LoadReport {
        let plan = LoadPlan(
            numbers: ["100"], registers: true, otherParty: "7", registrationsPerSecond: 1,
            callsPerSecond: 1, callLimit: 0, duration: .seconds(1), talkTime: .zero,
            ringTime: .zero, patience: .seconds(1), sound: .off)
        var core = LoadCore(plan: plan, now: .start)
        for _ in 0..<registered { core.note(.registered(phone: 0, after: .milliseconds(2))) }
        for _ in 0..<failed {
            core.note(.registrationFailed(phone: 0, status: 503, failure: nil))
        }
        return LoadReport(
            target: "udp:127.0.0.1:5060", core: core, callingSeconds: 0, withheldPackets: 0,
            usage: usage, maxFailures: maxFailures)
    }

    @Test func `the verdict compares failures with what is allowed`() {
        #expect(Self.report().isGood)
        #expect(!Self.report(failed: 1).isGood)
        #expect(Self.report(failed: 2, maxFailures: 2).isGood)
        #expect(!Self.report(registered: 0).isGood, "nothing done proves nothing")
    }

    @Test func `latencies are told in milliseconds`() throws {
        let latency = try #require(Self.report().registrations.latency)
        #expect(latency.count == 1)
        #expect(abs(latency.p50 - 2) < 0.01)
    }

    @Test func `the report is the same after JSON`() throws {
        let report = Self.report(failed: 3)
        let json = try JSONEncoder().encode(report)
        #expect(try JSONDecoder().decode(LoadReport.self, from: json) == report)
    }

    @Test(arguments: [
        (1.005, 0, "1"), (12.345, 1, "12.3"), (0.05, 2, "0.05"), (0.999, 2, "1.00"),
        (-1.5, 1, "-1.5"), (0, 3, "0.000"), (.infinity, 1, "–"), (.nan, 1, "–"),
    ])
    func `figures are rounded to so many digits`(value: Double, digits: Int, text: String) {
        #expect(LoadReport.rounded(value, digits) == text)
    }

    @Test func `a share of nothing is no figure`() {
        #expect(LoadReport.share(0, of: 0) == nil)
        #expect(LoadReport.share(1, of: 4) == 0.25)
    }

    @Test func `a pacer owes one event each interval, the first at once`() {
        var pacer = Pacer(perSecond: 4, began: .start)
        #expect(pacer.owedCount(now: .start) == 1)
        pacer.settle(1)
        #expect(pacer.next == .start + .milliseconds(250))
        #expect(pacer.owedCount(now: .start + .seconds(1)) == 4)
        #expect(pacer.forgetOld(now: .start + .seconds(10)) == 36)
        #expect(pacer.owedCount(now: .start + .seconds(10)) == 4)
    }

    @Test func `free phones are used in turn`() {
        var free = FreePhones(capacity: 2)
        free.add(7)
        free.add(8)
        #expect(free.take() == 7)
        free.add(7)
        #expect([free.take(), free.take(), free.take()] == [8, 7, nil])
    }
}
