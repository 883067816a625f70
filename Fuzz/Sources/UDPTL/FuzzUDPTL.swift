import Fuzzing
import Media

/// UDPTL, and files of pages. The first byte selects: one datagram to the reader, datagrams to a
/// receiver, packets through a sender with loss, or a TIFF.
func fuzzUDPTL(_ bytes: [UInt8]) {
    guard let first = bytes.first else { return }
    let rest = Array(bytes.dropFirst())
    switch first & 3 {
    case 0: readDatagram(rest)
    case 1: receive(Choices(rest))
    case 2: passThrough(Choices(rest))
    default: readPages(rest)
    }
}

/// What it says must lie inside the datagram, one piece after the other.
private func readDatagram(_ bytes: [UInt8]) {
    guard let packet = UDPTLPacket(bytes.span) else { return }
    require(packet.primary.upperBound < bytes.count, "the packet is inside: \(packet)")
    var last = packet.primary.upperBound
    var count = 0
    packet.eachPiece(of: bytes.span) { index, piece in
        require(index == count, "pieces are counted")
        require(piece.lowerBound > last && piece.upperBound <= bytes.count, "inside: \(piece)")
        last = piece.upperBound
        count += 1
    }
    require(count == packet.pieceCount, "every piece is handed over")
}

/// Datagrams of any kind: numbers go on, and no datagram gives more than the history holds.
private func receive(_ choices: Choices) {
    var choices = choices
    var receiver = UDPTLReceiver()
    while !choices.isEmpty {
        var count = 0
        receiver.receive(choices.chunk().span) { packet, _ in
            count += 1
            require(packet.count <= UDPTLLimits.datagram, "no packet is longer than a datagram")
        }
        require(count <= UDPTLLimits.history, "a datagram gives few packets")
    }
}

/// What is delivered was sent, in order and once, whatever was lost.
private func passThrough(_ choices: Choices) {
    var choices = choices
    let depth = choices.below(8)
    let isParity = choices.flag()
    var sender = UDPTLSender(isParity ? .parity(span: depth) : .redundancy(depth))
    var receiver = UDPTLReceiver()
    var sent: [[UInt8]] = []
    var next = 0
    while !choices.isEmpty, sent.count < 300 {
        let packet = Array(choices.chunk().prefix(200))
        let datagram = sender.datagram(packet)
        sent.append(packet)
        require(UDPTLPacket(datagram.span) != nil, "what we write can be read")
        // The first one says where the numbers begin.
        if sent.count > 1, choices.below(4) == 0 { continue }
        receiver.receive(datagram.span) { packet, number in
            let place = Int(number)
            require(place >= next && place < sent.count, "in order, and once: \(place)")
            next = place + 1
            let whole = sent[place]
            require(packet.starts(with: whole), "what was sent: \(place)")
            require(packet.dropFirst(whole.count).allSatisfy { $0 == 0 }, "and nothing else")
        }
        require(next == sent.count, "the newest is always delivered")
    }
}

/// Pages of a file lie inside it, and are the same when written again.
private func readPages(_ bytes: [UInt8]) {
    let pages = FaxTIFF.pages(in: bytes)
    var tiff = FaxTIFF()
    var file: [UInt8] = []
    for page in pages.prefix(20) {
        require(page.bytes.count <= bytes.count, "a page is no longer than its file")
        for patch in tiff.append(page) {
            let end = patch.offset + patch.bytes.count
            if file.count < end { file += [UInt8](repeating: 0, count: end - file.count) }
            file.replaceSubrange(patch.offset..<end, with: patch.bytes)
        }
    }
    require(FaxTIFF.pages(in: file) == Array(pages.prefix(20)), "written and read the same")
    _ = FaxPDF.document(Array(pages.prefix(20)))
}
