/// The methods of one handler by name; made once, at start.
struct MethodTable: Sendable {
    private var methods: NameTable<RegisteredMethod>

    /// - Parameters:
    ///   - declared: the handler's methods.
    ///   - framework: what the framework adds to them, with names of its own.
    ///   - limiter: takes up the methods' limits.
    /// - Throws: ``StartupError`` that names the method whose name is taken, reserved or unusable, whose limit is
    ///   unusable, or that has two parameters with the same name.
    init(
        _ declared: RPCMethods, framework: RPCMethods = RPCMethods([]), limiter: inout RateLimiterBuilder
    ) throws(StartupError) {
        methods = NameTable(count: declared.methods.count + framework.methods.count)
        for method in declared.methods {
            if let fault = NameTable<Void>.fault(of: method.name) {
                throw .badMethod("method '\(method.name)': \(fault)")
            }
            guard !methods.contains(method.name) else {
                throw .badMethod("method '\(method.name)' is registered twice")
            }
            if let name = method.repeatedParameter {
                throw .badMethod("method '\(method.name)': two parameters are named '\(name)'")
            }
            let limits = try limiter.plan(for: method.name, method.rateLimits)
            methods.add(RegisteredMethod(method, limits: limits), named: method.name)
        }
        for method in framework.methods { methods.add(RegisteredMethod(method, limits: nil), named: method.name) }
    }

    /// Finds a method by the bytes of its name.
    func method(named name: UnsafeRawBufferPointer) -> RegisteredMethod? {
        methods.element(named: name)
    }
}

extension RPCMethod {
    /// The first parameter's name that an earlier parameter has too; nil if there is none.
    fileprivate var repeatedParameter: String? {
        var names: Set<[UInt8]> = []
        return parameterNames.lazy.compactMap(\.self).first { !names.insert(Array($0.utf8)).inserted }
    }
}

extension StartupError {
    fileprivate static func badMethod(_ message: String) -> StartupError {
        StartupError(code: .badMethod, message: message.escapingControlCharacters)
    }
}
