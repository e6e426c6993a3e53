import EventLoops

/// Where a server's lines for its operator go: one closure, called from any thread.
public struct Log: Sendable {
    /// How much a line matters.
    public enum Level: String, Sendable {
        /// Something a user of the server will notice.
        case error
        /// Something that an operator may want to look into.
        case warning
        /// Something worth knowing.
        case info
    }

    private let write: @Sendable (Level, String) -> Void

    /// Sends each line to `write`; control characters in it are already escaped, so that no peer can forge a line.
    /// - Parameter write: called on whatever thread has something to say; it should not block.
    public init(_ write: @escaping @Sendable (Level, String) -> Void) {
        self.write = write
    }

    /// Writes lines to the standard error stream.
    public static let standardError = Log { level, line in
        StandardError.write(line: "webshocket \(level.rawValue): \(line)")
    }

    /// Says nothing.
    public static let silent = Log { _, _ in }

    /// The same lines with a name in front, to tell apart the servers and clients that log to one place.
    ///
    ///     configuration.log = .standardError.named("prices")    // webshocket info: prices: …
    ///
    /// - Parameter name: put in front with a colon; control characters in it are escaped. A log that has a name already
    ///   puts its own before it.
    public func named(_ name: String) -> Log {
        let prefix = "\(name.escapingControlCharacters): "
        return Log { [write] level, line in write(level, prefix + line) }
    }

    /// Writes a line for what has failed.
    /// - Returns: what the peer is told of it: where to look it up.
    func internalError(_ what: String) -> String {
        let id = String(UInt32.random(in: .min ... .max), radix: 16)
        self(.error, "error \(id): \(what)")
        return "Internal error (\(id))"
    }

    func callAsFunction(_ level: Level, _ line: @autoclosure () -> String) {
        write(level, line().escapingControlCharacters)
    }
}
