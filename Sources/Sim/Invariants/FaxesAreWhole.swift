import PBX
import Platform

/// Whatever crashed, and whatever the disk did: each file of a fax holds whole pages, and a fax that is
/// said to be complete has its file with all of them, and no fewer than were sent.
struct FaxesAreWhole: Invariant {
    var claim: String { "faxes are kept, page by page" }

    func breaches(in evidence: Evidence) -> [String] {
        let isHarmed = evidence.outages.contains { [.storage, .exchangeDown].contains($0.kind) }
        var breaches: [String] = []
        for (name, file) in evidence.faxFiles.sorted(by: { $0.key < $1.key }) {
            if name.hasSuffix(".part") {
                // What a disk that failed did not let close, the next start repairs.
                if !isHarmed { breaches.append("\(name) was never closed") }
            } else if Self.pageCount(of: file) == nil {
                breaches.append("\(name) holds no whole pages")
            }
        }
        for fax in evidence.faxes where fax.isComplete {
            guard let name = fax.file, let file = evidence.faxFiles[name] else {
                breaches.append("the fax of call \(fax.callID) is complete, and has no file")
                continue
            }
            let count = Self.pageCount(of: file)
            if count != fax.pageCount {
                breaches.append("\(name) has \(count ?? 0) pages of \(fax.pageCount)")
            }
            // One that changed its line on the way may have some pages twice.
            if fax.pageCount < SimulatedFaxMachines.pageCount {
                breaches.append(
                    "\(name) is complete with \(fax.pageCount) pages of"
                        + " \(SimulatedFaxMachines.pageCount) that were sent")
            }
        }
        return breaches
    }

    /// The pages of a TIFF or a PDF, counted by another hand than the exchange's; nil where it is none.
    private static func pageCount(of file: [UInt8]) -> Int? {
        if file.starts(with: Array("%PDF-".utf8)) {
            let mark = Array("/Subtype/Image".utf8)
            let count = file.indices.count { place in
                file[place] == mark[0] && file[place...].starts(with: mark)
            }
            return count > 0 && file.suffix(6).elementsEqual("%%EOF\n".utf8) ? count : nil
        }
        func number(_ place: Int, _ width: Int) -> Int? {
            guard place >= 0, place + width <= file.count else { return nil }
            return (0..<width).reduce(0) { $0 | Int(file[place + $1]) << (8 * $1) }
        }
        guard file.starts(with: [0x49, 0x49, 42, 0]), var place = number(4, 4) else { return nil }
        var count = 0
        while place != 0 {
            guard let fields = number(place, 2), let next = number(place + 2 + 12 * fields, 4),
                next == 0 || next > place
            else { return nil }
            count += 1
            place = next
        }
        return count > 0 ? count : nil
    }
}
