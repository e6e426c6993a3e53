/// The methods of one handler, by name. Built once, at startup.
struct MethodTable: Sendable {
    private var methods: NameTable<RegisteredMethod>

    /// - Parameters:
    ///   - declared: The handler's methods.
    ///   - framework: The methods that the framework adds, with reserved names.
    ///   - limiter: Registers the rate limits of the methods.
    /// - Throws: ``ServerError``, with the method's name, if the name is taken, reserved or invalid. Also if a rate
    ///   limit is invalid, or if two parameters have the same name.
    init(
        _ declared: RPCMethods, framework: RPCMethods = RPCMethods([]), limiter: inout RateLimiterBuilder
    ) throws(ServerError) {
        methods = NameTable(count: declared.methods.count + framework.methods.count)
        for method in declared.methods {
            if let fault = NameTable<Void>.fault(of: method.name) {
                throw .invalidMethod("method '\(method.name)': \(fault)")
            }
            guard !methods.contains(method.name) else {
                throw .invalidMethod("method '\(method.name)' is registered twice")
            }
            if let name = method.repeatedParameter {
                throw .invalidMethod("method '\(method.name)': two parameters are named '\(name)'")
            }
            let limits = try limiter.plan(for: method.name, method.rateLimits)
            methods.add(RegisteredMethod(method, limits: limits), named: method.name)
        }
        for method in framework.methods { methods.add(RegisteredMethod(method, limits: nil), named: method.name) }
    }

    /// Finds a method by the UTF-8 bytes of its name.
    func method(named name: UnsafeRawBufferPointer) -> RegisteredMethod? {
        methods.element(named: name)
    }
}

extension RPCMethod {
    /// The first parameter name that repeats an earlier one; nil if all names are distinct.
    fileprivate var repeatedParameter: String? {
        var names: Set<[UInt8]> = []
        return parameterNames.lazy.compactMap(\.self).first { !names.insert(Array($0.utf8)).inserted }
    }
}

extension ServerError {
    fileprivate static func invalidMethod(_ message: String) -> ServerError {
        ServerError(code: .invalidMethod, message: message.escapingControlCharacters)
    }
}
