import Testing

@testable import Wire

struct TextFormsTests {
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ])
    func `base64 gives the vectors of RFC 4648 both ways`(plain: String, coded: String) {
        #expect(Base64.encode(Array(plain.utf8)) == coded)
        #expect(Base64.decode(coded) == Array(plain.utf8))
    }

    @Test(arguments: ["Z", "Zg", "Zg=", "Zh==", "Z===", "====", "Zm9v!A==", "Zg==Zg=="])
    func `what no base64 encoder writes is not decoded`(text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test func `hex digits go both ways, and wrong ones are refused`() {
        #expect(hex([0x00, 0x9F, 0xFF]) == "009fff")
        #expect(bytes(hex: "009fFF") == [0x00, 0x9F, 0xFF])
        #expect(bytes(hex: "0") == nil)
        #expect(bytes(hex: "0g") == nil)
    }

    @Test func `constant-time comparison is true for equal bytes only`() {
        #expect(constantTimeEqual([1, 2], [1, 2]))
        #expect(!constantTimeEqual([1, 2], [1, 3]))
        #expect(!constantTimeEqual([1, 2], [1, 2, 3]))
        #expect(constantTimeEqual([UInt8](), []))
    }
}

struct ByteReaderTests {
    @Test func `numbers are read big-endian, and a short read consumes nothing`() {
        var reader = ByteReader([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17])
        #expect(reader.readUInt8() == 1)
        #expect(reader.readUInt16() == 0x0203)
        #expect(reader.readUInt32() == 0x0405_0607)
        #expect(reader.readUInt64() == 0x0809_0A0B_0C0D_0E0F)
        #expect(reader.readUInt32() == nil)
        #expect(reader.offset == 15)
        #expect(reader.readBytes(-1) == nil)
        #expect(reader.readBytes(Int.max) == nil)
        #expect(reader.readBytes(2) == [16, 17])
        #expect(reader.isAtEnd)
        #expect(reader.readUInt8() == nil)
    }

    @Test func `a span answers nil beyond its end`() {
        let bytes: [UInt8] = [1, 2, 3, 4]
        #expect(bytes.span.bigEndianUInt16(at: 2) == 0x0304)
        #expect(bytes.span.bigEndianUInt16(at: 3) == nil)
        #expect(bytes.span.bigEndianUInt16(at: -1) == nil)
        #expect(bytes.span.bigEndianUInt32(at: 0) == 0x0102_0304)
        #expect(bytes.span.bigEndianUInt32(at: 1) == nil)
        #expect(bytes.span.bigEndianUInt32(at: Int.max) == nil)
    }

    @Test func `a writer gathers text and numbers`() {
        var writer = ByteWriter()
        writer.write("é")
        writer.write(UInt16(0x0102))
        writer.write(UInt32(0x0304_0506))
        writer.write(UInt64(1))
        writer.writeDecimal(UInt32(5060))
        writer.writeDecimal(UInt8(0))
        writer.replaceUInt16(at: 2, with: 0xFFFE)
        #expect(
            writer.bytes == [0xC3, 0xA9, 0xFF, 0xFE, 3, 4, 5, 6, 0, 0, 0, 0, 0, 0, 0, 1]
                + Array("50600".utf8))
    }
}
