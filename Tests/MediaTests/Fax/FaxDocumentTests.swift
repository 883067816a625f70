import Testing

@testable import Media

/// Pages as TIFF and PDF.
struct FaxDocumentTests {
    private let pages = [
        FaxPage(width: 1_728, height: 1_100, bytes: [1, 2, 3]),
        FaxPage(width: 1_728, height: 2_200, verticalDensity: 3_850, bytes: [4, 5, 6, 7]),
        FaxPage(
            width: 2_432, height: 10, horizontalDensity: 11_811, verticalDensity: 11_811,
            bytes: [8]),
    ]

    private func apply(_ patches: some Sequence<FilePatch>, to file: inout [UInt8]) {
        for patch in patches {
            let end = patch.offset + patch.bytes.count
            if file.count < end { file += [UInt8](repeating: 0, count: end - file.count) }
            file.replaceSubrange(patch.offset..<end, with: patch.bytes)
        }
    }

    private func file(_ pages: some Sequence<FaxPage>) -> [UInt8] {
        var tiff = FaxTIFF()
        var file: [UInt8] = []
        for page in pages { apply(tiff.append(page), to: &file) }
        return file
    }

    @Test func `what is written is read the same, and only the last patch of a page shows it`() {
        var tiff = FaxTIFF()
        var file: [UInt8] = []
        for index in pages.indices {
            let patches = tiff.append(pages[index])
            apply(patches.dropLast(), to: &file)
            #expect(FaxTIFF.pages(in: file) == Array(pages[..<index]))
            apply(patches.suffix(1), to: &file)
            #expect(FaxTIFF.pages(in: file) == Array(pages[...index]))
        }
        #expect(tiff.length == file.count)
    }

    @Test func `a file that was cut gives whole pages only`() {
        let file = file(pages)
        for count in 0...file.count {
            let found = FaxTIFF.pages(in: Array(file.prefix(count)))
            #expect(Array(pages.prefix(found.count)) == found)
        }
    }

    @Test func `broken bytes anywhere do no harm, and directories that lead back end`() {
        let whole = file(pages)
        var random = Seeded(5)
        for _ in 0..<5_000 {
            var broken = whole
            for _ in 0..<(1 + random.below(4)) {
                broken[random.below(broken.count)] = UInt8(random.below(256))
            }
            #expect(FaxTIFF.pages(in: broken).count <= 3)
        }
        // The last link leads to the first directory.
        var circle = file(pages.prefix(1))
        let first = circle[4..<8]
        circle.replaceSubrange(circle.count - 20..<circle.count - 16, with: first)
        #expect(FaxTIFF.pages(in: circle) == Array(pages.prefix(1)))
    }

    @Test func `the first dot of a row may stand in either bit`() {
        var turned = file(pages.prefix(1))
        // The field FillOrder, and the bits with it.
        let place = turned.indices.first { turned[$0] == 0x0A && turned[$0 + 1] == 1 && $0 > 12 }
        if let place { turned[place + 8] = 2 }
        #expect(FaxTIFF.pages(in: turned).first?.bytes == [0x80, 0x40, 0xC0])
    }

    @Test func `a PDF says where each of its parts begins, and how large a page is`() throws {
        let file = FaxPDF.document(pages)
        let text = String(decoding: file, as: UTF8.self)
        #expect(text.hasPrefix("%PDF-1.4\n"))
        #expect(text.hasSuffix("%%EOF\n"))
        // 1,728 dots at 8,031 a metre are 609.92 points; 1,100 at 7,700 are 404.94.
        #expect(text.contains("/MediaBox[0 0 609.92 404.94]"))
        func find(_ wanted: String, from start: Int = 0) -> Int? {
            let bytes = Array(wanted.utf8)
            return (start..<(file.count - bytes.count)).first {
                file[$0..<$0 + bytes.count].elementsEqual(bytes)
            }
        }
        let table = try #require(find("xref\n0 12\n"))
        for number in 1...11 {
            let line = table + 10 + 20 * number
            let digits = String(decoding: file[line..<line + 10], as: UTF8.self)
            let place = try #require(Int(digits))
            let head = Array("\(number) 0 obj\n".utf8)
            #expect(file[place..<place + head.count].elementsEqual(head), "\(number)")
        }
    }

    @Test func `what a machine calls itself is telephone text of twenty characters at most`() {
        #expect(FaxLimits.name("  +49 30 1234567   ") == "+49 30 1234567")
        #expect(FaxLimits.name("\u{1B}[2J<b>\n\0x") == "[2J<b>x")
        #expect(FaxLimits.name(String(repeating: "9", count: 400)).count == 20)
    }
}
