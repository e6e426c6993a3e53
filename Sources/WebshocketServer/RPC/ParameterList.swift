/// The parameters of one method, in order.
@usableFromInline
final class ParameterList<each Argument: Decodable & Sendable>: Sendable {
    @usableFromInline let readings: (repeat ArgumentReading<each Argument>)
    /// The names for named arguments, in order; nil for a parameter without a name.
    @usableFromInline let names: [String?]
    @usableFromInline var count: Int { names.count }

    @inlinable
    init(_ parameters: repeat Parameter<each Argument>) {
        readings = (repeat ArgumentReading(each parameters))
        var names: [String?] = []
        for reading in repeat each readings { names.append(reading.name) }
        self.names = names
    }

    /// Decodes the arguments of a call, each as the type of its parameter.
    /// - Throws: ``RPCErrorCode/invalidParameters`` with a message that names the argument.
    @inlinable
    func read(_ call: IncomingCall) throws(RPCError) -> Arguments<repeat each Argument> {
        var reader = ArgumentReader(call, expected: count)
        let arguments = Arguments(repeat try (each readings).read(&reader))
        try reader.finish()
        return arguments
    }
}

/// The arguments of one call, in the order of the parameters.
@usableFromInline
struct Arguments<each Argument: Sendable>: Sendable {
    @usableFromInline let values: (repeat each Argument)

    @inlinable
    init(_ values: repeat each Argument) {
        self.values = (repeat each values)
    }
}

/// Decodes the argument for one parameter of a method.
///
/// A single closure captures everything, so no stored property has a size that depends on the argument's type.
/// Otherwise each call would have to look up that size.
@usableFromInline
struct ArgumentReading<Argument: Decodable & Sendable>: Sendable {
    @usableFromInline let name: String?
    @usableFromInline let read: @Sendable (inout ArgumentReader) throws(RPCError) -> Argument

    @usableFromInline
    init(_ parameter: Parameter<Argument>) {
        let name = parameter.name
        self.name = name
        let decode = WireDecoding<Argument>.resolve().read
        let defaultValue = parameter.defaultValue
        read = { reader throws(RPCError) in
            guard let argument = try reader.find(name) else {
                guard let defaultValue else { throw reader.refuse(name, "is missing") }
                return defaultValue()
            }
            do {
                return try decode(argument)
            } catch {
                throw reader.explain(error, name)
            }
        }
    }
}
