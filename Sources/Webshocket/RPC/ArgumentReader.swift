/// Hands out the arguments of one call in the order of the parameters: positions first, then names, then defaults.
@usableFromInline
struct ArgumentReader {
    private var positional: TapeCursor.Elements?
    private let given: Int
    private let named: TapeCursor?
    private let expected: Int
    /// How many parameters have been asked for.
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

    /// Finds the next parameter's argument in the call.
    mutating func find(_ name: String?) throws(RPCError) -> TapeCursor? {
        index += 1
        let byName = named.flatMap { named in name.flatMap { named.value(forKey: $0) } }
        if byName != nil { namedUsed += 1 }
        guard let argument = positional?.next() else { return byName }
        guard byName == nil else { throw refuse(name, "is given twice, by position and by name") }
        return argument
    }

    /// Called behind the last parameter: what no parameter took is an error, not a silent loss.
    @usableFromInline
    func finish() throws(RPCError) {
        guard given <= expected else {
            throw RPCError("takes \(count(expected)), not \(given)", code: .invalidParameters)
        }
        guard let named, namedUsed < named.count else { return }
        throw RPCError("got a named argument that it does not have, or has twice", code: .invalidParameters)
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
