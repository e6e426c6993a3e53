/// The error for a value that does not have the expected type.
public struct WireDecodingError: Error, Sendable, Hashable {
    /// The expected type, such as "an integer from 0 to 255".
    public var expected: String
    /// The received value or its type, such as "a string".
    public var found: String
    /// The path to the value: keys and indices, outermost first. Empty for the outermost value itself.
    public var path: [String]

    /// Creates an error.
    ///
    /// - Parameters:
    ///   - expected: The expected type, such as "an integer".
    ///   - found: The received value or its type, such as "a string".
    ///   - path: The keys and indices to the value, outermost first.
    public init(expected: String, found: String, path: [String] = []) {
        self.expected = expected
        self.found = found
        self.path = path
    }

    func within(_ key: String) -> WireDecodingError {
        WireDecodingError(expected: expected, found: found, path: [key] + path)
    }
}

extension WireDecodingError: CustomStringConvertible {
    /// The error as a sentence without a full stop, such as "expected an integer, found a string at players.0.age".
    public var description: String {
        "expected \(expected), found \(found)" + (path.isEmpty ? "" : " at " + path.joined(separator: "."))
    }
}

extension WireDecodingError {
    /// Converts an error that a `Decodable` type threw.
    init(_ error: DecodingError, expected: String) {
        func path(_ context: DecodingError.Context) -> [String] { context.codingPath.map(\.stringValue) }
        switch error {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            if let cause = context.underlyingError as? WireDecodingError {
                self = cause
                self.path = path(context) + cause.path
            } else {
                self.init(expected: expected, found: context.debugDescription, path: path(context))
            }
        case .keyNotFound(let key, let context):
            self.init(expected: "a value", found: "nothing", path: path(context) + [key.stringValue])
        @unknown default:
            self.init(expected: expected, found: "something else")
        }
    }
}
