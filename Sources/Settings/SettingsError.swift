/// What is wrong in a settings file: everything at once, by line.
public struct SettingsError: Error, Sendable, Equatable, CustomStringConvertible {
    public struct Problem: Sendable, Equatable {
        /// The first line is 1; nil where the file as a whole is meant.
        public var line: Int?
        /// What is wrong and what to write instead.
        public var text: String

        public init(line: Int?, text: String) {
            self.line = line
            self.text = text
        }
    }

    public var path: String
    public var problems: [Problem]

    public init(path: String, problems: [Problem]) {
        self.path = path
        self.problems = problems
    }

    /// `pbxd.yaml:3: unknown key 'dta'; did you mean 'data'?`, one line each.
    public var description: String {
        problems.map { problem in
            problem.line.map { "\(path):\($0): \(problem.text)" } ?? "\(path): \(problem.text)"
        }.joined(separator: "\n")
    }
}
