import Fuzzing
import Platform

@testable import Media

/// RTP and RTCP. The first byte selects: one packet to the readers, or commands, packets and time
/// to a whole relay.
func fuzzRTP(_ bytes: [UInt8]) {
    guard let first = bytes.first else { return }
    let rest = Array(bytes.dropFirst())
    if first & 1 == 0 {
        readPacket(rest)
    } else {
        var script = RelayScript(choices: Choices(rest))
        script.run()
    }
}

/// What the headers say must lie inside the packet.
private func readPacket(_ packet: [UInt8]) {
    if let header = RTPHeader(packet.span) {
        require(header.payload.lowerBound >= RTPHeader.minimumLength, "after the header: \(header)")
        require(header.payload.upperBound <= packet.count, "inside the packet: \(header)")
        require(header.payloadType < 128, "seven bits: \(header)")
        _ = TelephoneEventPacket(packet.span, header: header)
    }
    for offset in 0...min(packet.count, 8) {
        if let header = RTCPHeader(packet.span, at: offset) {
            require(offset + header.length <= packet.count, "inside the compound: \(header)")
        }
    }
    if let block = ControlReports(packet.span, ssrc: 0x0102_0304).aboutUs {
        require(block.ssrc == 0x0102_0304, "about the source that was asked for")
    }
    if let report = VoiceReport(in: packet.span) {
        let again = VoiceReport(in: report.bytes(from: 1).span)
        require(again == report, "written and read again: \(report)")
        let score = report.score ?? 100
        require((100...500).contains(score), "an opinion: \(report)")
    }
    if RTCPHeader.isCompound(packet.span) {
        require(RTCPHeader.isControl(packet.span), "a compound begins with a control packet")
    }
}
