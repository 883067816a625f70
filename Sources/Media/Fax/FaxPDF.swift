/// Pages as a PDF 1.4: each one an image that stays compressed as it came (CCITTFaxDecode).
public enum FaxPDF {
    public static func document(_ pages: [FaxPage]) -> [UInt8] {
        var file = Array("%PDF-1.4\n%\u{E2}\u{E3}\u{CF}\u{D3}\n".utf8)
        var places: [Int] = []
        func add(_ text: String, stream: [UInt8]? = nil) {
            places.append(file.count)
            file += Array("\(places.count) 0 obj\n\(text)\n".utf8)
            if let stream { file += Array("stream\n".utf8) + stream + Array("\nendstream\n".utf8) }
            file += Array("endobj\n".utf8)
        }
        add("<</Type/Catalog/Pages 2 0 R>>")
        let kids = pages.indices.map { "\(3 + 3 * $0) 0 R" }.joined(separator: " ")
        add("<</Type/Pages/Kids[\(kids)]/Count \(pages.count)>>")
        for (index, page) in pages.enumerated() {
            let first = 3 + 3 * index
            let width = points(page.width, density: page.horizontalDensity)
            let height = points(page.height, density: page.verticalDensity)
            add(
                "<</Type/Page/Parent 2 0 R/MediaBox[0 0 \(width) \(height)]/Contents \(first + 1) 0 R"
                    + "/Resources<</XObject<</F \(first + 2) 0 R>>>>>>")
            let drawing = Array("\(width) 0 0 \(height) 0 0 cm /F Do".utf8)
            add("<</Length \(drawing.count)>>", stream: drawing)
            add(
                "<</Type/XObject/Subtype/Image/Width \(page.width)/Height \(page.height)"
                    + "/ColorSpace/DeviceGray/BitsPerComponent 1/Filter/CCITTFaxDecode"
                    + "/DecodeParms<</K -1/Columns \(page.width)/Rows \(page.height)>>"
                    + "/Length \(page.bytes.count)>>", stream: page.bytes)
        }
        let index = file.count
        file += Array("xref\n0 \(places.count + 1)\n0000000000 65535 f \n".utf8)
        for place in places {
            let digits = String(place)
            let zeros = String(repeating: "0", count: max(0, 10 - digits.utf8.count))
            file += Array("\(zeros)\(digits) 00000 n \n".utf8)
        }
        let trailer =
            "trailer\n<</Size \(places.count + 1)/Root 1 0 R>>\nstartxref\n\(index)\n%%EOF\n"
        return file + Array(trailer.utf8)
    }

    /// 72 to an inch, with two digits behind the point.
    private static func points(_ dots: Int, density: Int) -> String {
        let hundredths = dots * 7_200 * 10_000 / (254 * max(1, density))
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
    }
}
