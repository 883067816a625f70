import Fuzzing
import SIPStack

/// A URI, or two separated by a line break: written and read again it is the same, and the
/// comparison of RFC 3261 §19.1.4 is reflexive and symmetric.
func fuzzURI(_ bytes: [UInt8]) {
    let parts = bytes.split(separator: 10, maxSplits: 1, omittingEmptySubsequences: false)
    let uris = parts.compactMap { part -> URI? in
        try? URI(String(decoding: part, as: UTF8.self))
    }
    for uri in uris {
        require(uri == uri, "a URI equals itself: \(uri)")
        let written = uri.text
        guard let again = try? URI(written) else {
            return require(false, "what we write is readable: \(written)")
        }
        require(again == uri, "the same: \(written), \(again.text)")
        require(again.text == written, "written the same: \(written), \(again.text)")
    }
    if uris.count == 2 {
        require((uris[0] == uris[1]) == (uris[1] == uris[0]), "symmetric: \(uris)")
    }
}
