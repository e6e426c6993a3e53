/// The methods of one handler by name; made once, at start.
struct MethodTable: Sendable {
    private static let longestName = 256

    private let methods: [String: RPCMethod]

    /// - Throws: ``StartupError`` that names the method whose name is taken, reserved or unusable.
    init(_ declared: RPCMethods) throws(StartupError) {
        var methods: [String: RPCMethod] = [:]
        for method in declared.methods {
            let name = method.name
            guard !name.isEmpty, name.utf8.count <= Self.longestName, name == name.escapingControlCharacters else {
                throw .badMethod("method '\(name)': a name has 1 to \(Self.longestName) bytes, no control characters")
            }
            guard !name.hasPrefix("__") else {
                throw .badMethod("method '\(name)': names that begin with '__' are the framework's")
            }
            guard methods.updateValue(method, forKey: name) == nil else {
                throw .badMethod("method '\(name)' is registered twice")
            }
        }
        self.methods = methods
    }

    /// Finds a method by the bytes of its name, which are valid UTF-8.
    func method(named name: UnsafeRawBufferPointer) -> RPCMethod? {
        guard name.count <= Self.longestName else { return nil }
        return methods[String(decoding: name, as: UTF8.self)]
    }
}

extension StartupError {
    fileprivate static func badMethod(_ message: String) -> StartupError {
        StartupError(code: .badMethod, message: message.escapingControlCharacters)
    }
}
