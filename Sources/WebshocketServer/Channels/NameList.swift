/// The names in a peer's request to a method of channels or rooms: a single name, or a list.
enum NameList {
    /// Makes a method whose only argument is a list of names.
    ///
    /// The list is read directly from the parsed message, so the cost is proportional to the number of distinct names.
    /// If it has more names than a connection may have subscriptions and rooms, it is refused before any name is looked
    /// up.
    /// - Parameters:
    ///   - method: The method's name.
    ///   - parameter: The name of the argument.
    ///   - isOptional: Whether the argument may be missing or nil.
    ///   - body: Receives the distinct names, or nil if there is no argument.
    static func method(
        _ method: String, _ parameter: String, isOptional: Bool,
        _ body: @escaping @Sendable (Connection, [String]?) throws -> Void
    ) -> RPCMethod {
        let encoding = WireEncoding<Bool>.resolve()
        return RPCMethod(name: method) { call in
            guard let connection = call.connection else { return }
            do throws(RPCError) {
                let names = try read(call, parameter, isOptional: isOptional)
                call.reply(using: encoding) {
                    try body(connection, names)
                    return true
                }
            } catch {
                call.fail(error)
            }
        }
    }

    private static func read(
        _ call: IncomingCall, _ parameter: String, isOptional: Bool
    ) throws(RPCError) -> [String]? {
        let cap = call.core.limits.subscriptions
        var reader = ArgumentReader(call, expected: 1)
        let argument = try reader.find(parameter)
        var names: [String]?
        if let argument, !(isOptional && argument.isNull) {
            let list: DistinctTexts
            do {
                list = try DistinctTexts(argument, limit: cap > 0 ? cap : nil)
            } catch {
                throw reader.explain(error, parameter)
            }
            guard !list.exceedsLimit else { throw .tooManySubscriptions(cap) }
            names = list.texts
        } else if !isOptional {
            throw reader.refuse(parameter, "is missing")
        }
        try reader.finish()
        return names
    }
}

extension Sequence<String> {
    /// The distinct names, in the order of their first occurrence. Names are equal if their bytes are equal.
    var distinctNames: [String] {
        var seen: Set<ExactText> = []
        return filter { seen.insert(ExactText($0)).inserted }
    }
}
