// Synchronous and asynchronous functions have separate overloads, although the asynchronous form accepts both. Without
// them, a closure that returns a sequence would match the overload for synchronous functions that return nothing.
extension RPCMethod {
    /// Registers an asynchronous function that returns a sequence, which is sent to the caller as a stream.
    ///
    ///     func ticks(_ connection: Connection, count: Int) -> AsyncStream<Int> { … }
    ///
    ///     RPCMethod("ticks", ticks)
    ///
    /// Each element is sent as soon as it is available. The consumer's credit and the connection's outbound queue exert
    /// backpressure: at most one element is requested from the sequence before there is room for it. An `AsyncStream`
    /// has its own buffer, which fills while the consumer is slow; it is unbounded unless its `bufferingPolicy` sets a
    /// limit.
    ///
    /// The task that iterates is cancelled immediately when the consumer ends the stream early, the deadline passes or
    /// the connection ends. If the sequence throws, the stream ends with that error. See Protocol.md, "Streams".
    /// - Parameters:
    ///   - name: 1 to 256 bytes without control characters. Names that begin with `__` are reserved.
    ///   - body: Called on the connection's loop; the sequence is iterated there too. It may throw to refuse the call.
    public init<each Argument: Decodable & Sendable, Elements: AsyncSequence>(
        _ name: String,
        _ body: nonisolated(nonsending) @escaping @Sendable (Connection, repeat each Argument) async throws -> Elements
    ) where Elements.Element: Encodable & Sendable {
        self.init(name, body, parameters: repeat Parameter<each Argument>(name: nil))
    }

    /// Registers a synchronous function that returns a sequence, which is sent to the caller as a stream.
    /// - Parameters:
    ///   - name: 1 to 256 bytes without control characters. Names that begin with `__` are reserved.
    ///   - body: Called on the connection's loop; the sequence is iterated there too. It may throw to refuse the call.
    public init<each Argument: Decodable & Sendable, Elements: AsyncSequence>(
        _ name: String,
        _ body: @escaping @Sendable (Connection, repeat each Argument) throws -> Elements
    ) where Elements.Element: Encodable & Sendable {
        self.init(name, body, parameters: repeat Parameter<each Argument>(name: nil))
    }

    /// Registers an asynchronous function that returns a sequence, with names and default values for its parameters.
    /// - Parameters:
    ///   - name: 1 to 256 bytes without control characters. Names that begin with `__` are reserved.
    ///   - body: Called on the connection's loop; the sequence is iterated there too. It may throw to refuse the call.
    ///   - parameters: One for each parameter of the function after the connection.
    public init<each Argument: Decodable & Sendable, Elements: AsyncSequence>(
        _ name: String,
        _ body: nonisolated(nonsending) @escaping @Sendable (Connection, repeat each Argument) async throws -> Elements,
        parameters: repeat Parameter<each Argument>
    ) where Elements.Element: Encodable & Sendable {
        let list = ParameterList(repeat each parameters)
        let function: any StreamingFunction = SequenceFunction(list, body)
        self.init(name: name, isStream: true, parameterNames: list.names) { function.invoke($0) }
    }

    /// Registers a synchronous function that returns a sequence, with names and default values for its parameters.
    /// - Parameters:
    ///   - name: 1 to 256 bytes without control characters. Names that begin with `__` are reserved.
    ///   - body: Called on the connection's loop; the sequence is iterated there too. It may throw to refuse the call.
    ///   - parameters: One for each parameter of the function after the connection.
    public init<each Argument: Decodable & Sendable, Elements: AsyncSequence>(
        _ name: String,
        _ body: @escaping @Sendable (Connection, repeat each Argument) throws -> Elements,
        parameters: repeat Parameter<each Argument>
    ) where Elements.Element: Encodable & Sendable {
        let list = ParameterList(repeat each parameters)
        let function: any StreamingFunction = SequenceFunction(list, body)
        self.init(name: name, isStream: true, parameterNames: list.names) { function.invoke($0) }
    }
}
