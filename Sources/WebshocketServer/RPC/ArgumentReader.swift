/// A reader of one call's arguments, in the order of the method's parameters.
///
/// Positional arguments are used first. A parameter without one takes the argument that has its name.
@usableFromInline
struct ArgumentReader {
    private var positional: TapeCursor.Elements?
    private let given: Int
    private let named: TapeCursor?
    private let expected: Int
    /// The number of parameters that have been looked up.
    private var index = 0
    private var namedUsed = 0

    @usableFromInline
    init(_ call: IncomingCall, expected: Int) {
        let request = call.request
        given = request.arguments?.count ?? 0
        positional = request.arguments?.elements
        named = request.named
        self.expected = expected
    }

    /// Finds the argument for the next parameter.
    /// - Returns: Nil if the call does not have one.
    /// - Throws: ``RPCErrorCode/invalidParameters`` if the call has two.
    mutating func find(_ name: String?) throws(RPCError) -> TapeCursor? {
        index += 1
        let byName = named.flatMap { named in name.flatMap { named.value(forKey: $0) } }
        if byName != nil { namedUsed += 1 }
        guard let argument = positional?.next() else { return byName }
        guard byName == nil else { throw refuse(name, "is given twice, by position and by name") }
        return argument
    }

    /// Checks that each argument was used. Call it after the last parameter.
    /// - Throws: ``RPCErrorCode/invalidParameters`` if an argument is left, so that none is ignored silently.
    @usableFromInline
    func finish() throws(RPCError) {
        guard given <= expected else {
            throw RPCError("expected \(count(expected)) (got \(given))", code: .invalidParameters)
        }
        guard let named, namedUsed < named.count else { return }
        throw RPCError("a named argument is unknown or repeated", code: .invalidParameters)
    }

    func explain(_ error: any Error, _ name: String?) -> RPCError {
        RPCError(fault: error, of: argument(name))
    }

    func refuse(_ name: String?, _ fault: String) -> RPCError {
        RPCError("\(argument(name)) \(fault)", code: .invalidParameters)
    }

    private func argument(_ name: String?) -> String {
        "argument " + (name.map { "'\($0)' (\(index) of \(expected))" } ?? "\(index) of \(expected)")
    }

    private func count(_ number: Int) -> String {
        number == 1 ? "1 argument" : "\(number) arguments"
    }
}
