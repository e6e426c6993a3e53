/// What arrived is not of the type that was asked for.
public struct WireDecodingError: Error, Sendable, Hashable {
    /// What was asked for, such as "an integer from 0 to 255".
    public var expected: String
    /// What arrived, such as "a string".
    public var found: String
    /// Where: the keys and the indices from the outermost value inwards; empty for the value itself.
    public var path: [String]

    /// Makes an error.
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
    /// A sentence without its full stop, such as "expected an integer, found a string at players.0.age".
    public var description: String {
        "expected \(expected), found \(found)" + (path.isEmpty ? "" : " at " + path.joined(separator: "."))
    }
}

extension WireDecodingError {
    /// What a `Decodable` type threw, in the words of this error.
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
