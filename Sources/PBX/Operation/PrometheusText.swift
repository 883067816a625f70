/// Figures in the text form that Prometheus reads (exposition format 0.0.4), composed at each
/// scrape: nothing is done for them in between.
public struct PrometheusText: Sendable {
    public enum Kind: String, Sendable {
        /// Goes up alone, from 0 at the start.
        case counter
        /// Goes up and down.
        case gauge
    }

    public private(set) var text = ""

    public init() {}

    /// - Parameters:
    ///   - name: without the product's prefix; a counter's ends in `_total`.
    ///   - help: one line.
    public mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: Int) {
        add(name, kind, help, String(value))
    }

    /// A duration, in seconds as Prometheus wants it.
    public mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: Duration) {
        let (seconds, attoseconds) = value.components
        add(name, kind, help, String(Double(seconds) + Double(attoseconds) / 1e18))
    }

    private mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: String) {
        text += "# HELP strowger_\(name) \(help)\n"
        text += "# TYPE strowger_\(name) \(kind.rawValue)\n"
        text += "strowger_\(name) \(value)\n"
    }
}
