import Platform
import Testing

@testable import Media

/// Reports where the exchange is sender and receiver itself (RFC 3550 §6.4).
struct ControlReportTests {

    private func bytes(_ value: UInt32, _ count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> UInt32(8 * $0)) }
    }

    private func note(_ meter: inout ReceptionMeter, _ sequence: UInt16, at milliseconds: Int64) {
        let packet =
            [0x80, 8] as [UInt8] + bytes(UInt32(sequence), 2)
            + bytes(UInt32(sequence) * 160, 4) + bytes(7, 4)
        guard let header = RTPHeader(packet.span) else { return }
        meter.note(header, clockRate: 8_000, now: .start + .milliseconds(milliseconds))
    }

    @Test func `loss since the last report and altogether are told, doubles against it`() {
        var meter = ReceptionMeter()
        for sequence: UInt16 in [10, 11, 13, 14, 14, 18, 19] {
            note(&meter, sequence, at: Int64(sequence) * 20)
        }
        let first = meter.block(now: .start)
        #expect(first?.ssrc == 7 && first?.highest == 0x1_0013)
        // 10 expected, 7 came.
        #expect(first?.lost == 3 && first?.fractionLost == UInt8(3 * 256 / 10))
        #expect(first?.jitter == 0)
        note(&meter, 20, at: 400)
        let second = meter.block(now: .start)
        #expect(second?.lost == 3 && second?.fractionLost == 0)
    }

    @Test func `jitter is the mean change of the transit time`() {
        var meter = ReceptionMeter()
        for sequence in 0..<1_000 {
            note(&meter, UInt16(sequence), at: Int64(sequence) * 20 + Int64(sequence % 2) * 10)
        }
        // 10 ms there and back: 80 units.
        let jitter = meter.block(now: .start)?.jitter ?? 0
        #expect((70...90).contains(jitter), "\(jitter)")
    }

    @Test func `what is written is read again, and gives the round trip`() throws {
        let sent = Instant.start + .milliseconds(1_234_500)
        let block = ReportBlock(
            ssrc: 99, fractionLost: 12, lost: -5, highest: 70_000, jitter: 33,
            lastSender: UInt32(truncatingIfNeeded: OwnReport.time(of: sent) >> 16),
            delay: 65_536 / 2)
        let report = OwnReport(
            ssrc: 5, time: 0x0001_0002_0003_0004,
            sending: OwnReport.Sending(timestamp: 1, packetCount: 2, octetCount: 3), block: block,
            name: "strowger")
        let bytes = report.bytes
        #expect(bytes.count % 4 == 0 && RTCPHeader.isCompound(bytes.span))
        let read = ControlReports(bytes.span, ssrc: 99)
        #expect(read.aboutUs == block)
        #expect(read.sender?.ssrc == 5 && read.sender?.middle == 0x0002_0003)
        #expect(ControlReports(bytes.span, ssrc: 98).aboutUs == nil)
        let now = OwnReport.time(of: sent + .milliseconds(530)) >> 16
        let roundTrip = try #require(block.roundTrip(now: UInt32(truncatingIfNeeded: now)))
        #expect((.milliseconds(29)...(.milliseconds(31))).contains(roundTrip))
        var receiver = report
        receiver.sending = nil
        receiver.block = nil
        #expect(Array(receiver.bytes.prefix(4)) == [0x80, 201, 0, 1])
    }

    @Test func `no cut of a compound is read beyond its end`() {
        let report = OwnReport(
            ssrc: 5, time: 1, sending: nil,
            block: ReportBlock(
                ssrc: 99, fractionLost: 1, lost: 1, highest: 1, jitter: 1, lastSender: 1, delay: 1),
            name: "a")
        let whole = report.bytes
        for length in 0...whole.count {
            for count in [0x80, 0x81, 0x9F] as [UInt8] {
                var cut = Array(whole.prefix(length))
                if !cut.isEmpty { cut[0] = count }
                _ = ControlReports(cut.span, ssrc: 99)
            }
        }
    }
}
