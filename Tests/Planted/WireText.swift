/// A SIP message as lines, for a fault to read and change.
struct WireText {
    private(set) var lines: [String]
    private var body: [UInt8]

    /// Nil for what is no SIP message.
    init?(_ bytes: [UInt8]) {
        let mark = [13, 10, 13, 10] as [UInt8]
        guard bytes.count > 16,
            let end = bytes.indices.dropLast(3).first(where: {
                bytes[$0] == 13 && bytes[$0..<$0 + 4].elementsEqual(mark)
            })
        else { return nil }
        let head = String(decoding: bytes[..<end], as: UTF8.self)
        lines = head.split(separator: "\r\n").map(String.init)
        body = Array(bytes[(end + 4)...])
        guard lines[0].hasPrefix("SIP/2.0") || lines[0].hasSuffix("SIP/2.0") else { return nil }
    }

    var bytes: [UInt8] { Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body }

    var isRequest: Bool { !lines[0].hasPrefix("SIP/2.0") }
    /// 0 for a request.
    var status: Int {
        isRequest ? 0 : lines[0].split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    }
    /// Of the request, or of the one that is answered.
    var method: String { self["CSeq"]?.split(separator: " ").last.map(String.init) ?? "" }
    var sequence: Int {
        self["CSeq"]?.split(separator: " ").first.flatMap { Int($0) } ?? 0
    }
    var sipCallID: String { self["Call-ID"] ?? "" }
    var isInDialog: Bool { self["To"]?.contains(";tag=") ?? false }

    var branch: String {
        get { parameter("branch", of: "Via") ?? "" }
        set {
            guard let index = index(of: "Via"), let old = parameter("branch", of: "Via") else {
                return
            }
            lines[index] = lines[index].replacing("branch=\(old)", with: "branch=\(newValue)")
        }
    }

    /// The first field of that name.
    subscript(name: String) -> String? {
        get {
            index(of: name).map {
                String(lines[$0].drop { $0 != ":" }.dropFirst().drop { $0 == " " })
            }
        }
        set {
            guard let index = index(of: name) else {
                if let newValue { lines.append("\(name): \(newValue)") }
                return
            }
            if let newValue {
                lines[index] = "\(name): \(newValue)"
            } else {
                lines.remove(at: index)
            }
        }
    }

    /// A response to this request, as a phone or the exchange would make it.
    func response(_ status: String, tag: String) -> WireText {
        var response = self
        let kept = ["via:", "from:", "to:", "call-id:", "cseq:"]
        response.lines = ["SIP/2.0 \(status)"]
        response.lines += lines.dropFirst().filter { line in
            kept.contains { line.lowercased().hasPrefix($0) }
        }
        response.body = []
        if !isInDialog, let to = self["To"] { response["To"] = "\(to);tag=\(tag)" }
        response.lines.append("Content-Length: 0")
        return response
    }

    /// The CANCEL of this INVITE.
    var cancel: WireText {
        var cancel = self
        let kept = ["via:", "from:", "to:", "call-id:", "route:", "max-forwards:"]
        let uri = lines[0].split(separator: " ").dropFirst().first ?? ""
        cancel.lines = ["CANCEL \(uri) SIP/2.0"]
        cancel.lines += lines.dropFirst().filter { line in
            kept.contains { line.lowercased().hasPrefix($0) }
        }
        cancel.lines += ["CSeq: \(sequence) CANCEL", "Content-Length: 0"]
        cancel.body = []
        return cancel
    }

    private func index(of name: String) -> Int? {
        let prefix = name.lowercased() + ":"
        return lines.indices.dropFirst().first { lines[$0].lowercased().hasPrefix(prefix) }
    }

    private func parameter(_ parameter: String, of name: String) -> String? {
        guard let value = self[name], let found = value.firstRange(of: "\(parameter)=") else {
            return nil
        }
        return String(value[found.upperBound...].prefix { $0 != ";" && $0 != "," && $0 != " " })
    }
}
