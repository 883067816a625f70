import Foundation

extension Administration {
    /// Answers one line of the control socket: an ``AdministrationRequest`` in JSON, answered by an
    /// ``AdministrationReply`` in JSON. `reply` is called once.
    public func answer(_ line: [UInt8], _ reply: @escaping @Sendable ([UInt8]) -> Void) {
        let request: AdministrationRequest
        do {
            request = try JSONDecoder().decode(AdministrationRequest.self, from: Data(line))
        } catch {
            let refusal = Refusal(
                .input, ["pbxd does not know this command; pbxctl must be of its version"])
            return reply(Self.line(.refused(refusal)))
        }
        perform(request) { reply(Self.line($0)) }
    }

    private static func line(_ value: AdministrationReply) -> [UInt8] {
        do {
            return Array(try JSONEncoder().encode(value))
        } catch {
            // An empty line is no reply: pbxctl says that the versions differ.
            return []
        }
    }
}
