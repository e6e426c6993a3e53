// For synchronous and for asynchronous functions, although one form could take both: a closure that returns a sequence
// would else be taken for a synchronous one that returns nothing.
extension RPCMethod {
    /// Registers a function whose answer is a stream: the elements of what it returns, each sent as soon as there is
    /// one.
    ///
    ///     func ticks(_ connection: Connection, count: Int) -> AsyncStream<Int> { … }
    ///
    ///     RPCMethod("ticks", ticks)
    ///
    /// The consumer's credit, and what waits for the peer to read, hold the sequence back: it is never asked for more
    /// than one element ahead of them. An `AsyncStream` that others yield to has a buffer of its own, without a bound
    /// unless its `bufferingPolicy` sets one, which fills while the consumer is slow. When the consumer ends early, its
    /// deadline passes or its connection ends, the task that iterates is cancelled at once. An error that the sequence
    /// throws ends the stream with that error. See Protocol.md, "Streams".
    /// - Parameters:
    ///   - name: 1 to 256 bytes without control characters; names that begin with `__` are the framework's.
    ///   - body: called on the connection's loop, where the sequence is iterated too; it may refuse by throwing.
    public init<each Argument: Decodable & Sendable, Elements: AsyncSequence>(
        _ name: String,
        _ body: nonisolated(nonsending) @escaping @Sendable (Connection, repeat each Argument) async throws -> Elements
    ) where Elements.Element: Encodable & Sendable {
        self.init(name, body, parameters: repeat Parameter<each Argument>(name: nil))
    }

    /// Registers a synchronous function whose answer is a stream; else as above.
    public init<each Argument: Decodable & Sendable, Elements: AsyncSequence>(
        _ name: String,
        _ body: @escaping @Sendable (Connection, repeat each Argument) throws -> Elements
    ) where Elements.Element: Encodable & Sendable {
        self.init(name, body, parameters: repeat Parameter<each Argument>(name: nil))
    }

    /// Registers a function whose answer is a stream, with names and defaults for its parameters.
    /// - Parameters:
    ///   - name: as above.
    ///   - body: as above.
    ///   - parameters: one for each of the function's parameters behind the connection.
    public init<each Argument: Decodable & Sendable, Elements: AsyncSequence>(
        _ name: String,
        _ body: nonisolated(nonsending) @escaping @Sendable (Connection, repeat each Argument) async throws -> Elements,
        parameters: repeat Parameter<each Argument>
    ) where Elements.Element: Encodable & Sendable {
        let list = ParameterList(repeat each parameters)
        let function: any StreamingFunction = SequenceFunction(list, body)
        self.init(name: name, isStream: true, parameterNames: list.names) { function.invoke($0) }
    }

    /// Registers a synchronous function whose answer is a stream, with names and defaults for its parameters.
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
