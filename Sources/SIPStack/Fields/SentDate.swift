import Platform

/// When a message was sent: an RFC 1123 date, always GMT (RFC 3261 §20.17).
public struct SentDate: FieldValue {
    public static let fieldName = FieldName.date
    /// Seconds since 1970-01-01T00:00:00Z.
    public var secondsSince1970: Int64

    public init(secondsSince1970: Int64) {
        self.secondsSince1970 = secondsSince1970
    }

    public init(_ time: WallTime) {
        let seconds = time.microseconds / 1_000_000
        secondsSince1970 = time.microseconds % 1_000_000 < 0 ? seconds - 1 : seconds
    }

    private static let weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `wkday "," SP date1 SP time SP "GMT"`; the weekday may be wrong, the zone may not.
    public init(reading reader: inout FieldReader) throws(FieldError) {
        let weekday = try reader.word()
        guard Self.place(of: weekday, in: Self.weekdays) != nil, reader.take(44) else {
            throw reader.failure(.badDate)
        }
        reader.skipSpace()
        let day = try reader.number(upTo: 31)
        reader.skipSpace()
        guard let month = Self.place(of: try reader.word(), in: Self.months) else {
            throw reader.failure(.badDate)
        }
        reader.skipSpace()
        let year = try reader.number(upTo: 9999)
        reader.skipSpace()
        let hour = try reader.number(upTo: 23)
        try reader.expect(58)
        let minute = try reader.number(upTo: 59)
        try reader.expect(58)
        let second = try reader.number(upTo: 60)
        reader.skipSpace()
        guard day >= 1, equalIgnoringCase(try reader.word(), "GMT") else {
            throw reader.failure(.badDate)
        }
        let days = Self.days(year: Int64(year), month: Int64(month + 1), day: Int64(day))
        secondsSince1970 = days * 86400 + Int64(hour * 3600 + minute * 60 + second)
    }

    public func write(to writer: inout FieldWriter) {
        let days = Self.floorDivide(secondsSince1970, 86400)
        let rest = secondsSince1970 &- days &* 86400
        let date = CivilDate(daysSince1970: days)
        let weekday = Int((days % 7 + 10) % 7)
        writer.write(Self.weekdays[weekday])
        writer.write(", ")
        writer.writePadded(date.day, to: 2)
        writer.write(UInt8(ascii: " "))
        writer.write(Self.months[Int(date.month - 1)])
        writer.write(UInt8(ascii: " "))
        writer.writePadded(date.year, to: 4)
        for (separator, value) in [(32, rest / 3600), (58, rest / 60 % 60), (58, rest % 60)] {
            writer.write(UInt8(separator))
            writer.writePadded(value, to: 2)
        }
        writer.write(" GMT")
    }

    private static func place(of text: String, in names: [String]) -> Int? {
        names.firstIndex { equalIgnoringCase($0, text) }
    }

    /// Days since 1970-01-01 of a Gregorian date, by eras of 400 years.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = floorDivide(shifted, 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        value >= 0 ? value / divisor : (value - divisor + 1) / divisor
    }
}

extension FieldReader {
    /// Letters.
    mutating func word() throws(FieldError) -> String {
        let first = position
        while position < end, lowercased(bytes[position]) &- 97 < 26 { position += 1 }
        guard position > first else { throw failure(.badDate) }
        return text(first..<position)
    }
}

extension FieldWriter {
    mutating func writePadded(_ value: Int64, to width: Int) {
        let digits = String(value)
        for _ in digits.utf8.count..<max(width, digits.utf8.count) { write(UInt8(ascii: "0")) }
        write(digits)
    }
}
