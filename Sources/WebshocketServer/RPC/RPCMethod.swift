/// A method that peers call by name.
///
/// The function's first parameter is the caller's ``Connection``. Its other parameters are decoded from the call's
/// arguments before the function runs. The function may be synchronous or asynchronous, may throw, and may return
/// nothing or any encodable value. See Protocol.md, "Calls".
///
///     RPCMethod("add", add)
///     RPCMethod("greet", greet, parameters: "name", Parameter("greeting", default: "Hello"))
///
/// A synchronous function is called immediately, with the lowest overhead. An asynchronous function starts on the
/// connection's event loop, and resumes on it after each suspension; other calls proceed meanwhile. Actors without a
/// custom executor and `@concurrent` functions that it awaits run on the loop too. A function that computes for a long
/// time or blocks its thread holds up all connections of the loop. For such functions use ``offLoop()``, or an actor
/// with an ``OffLoopExecutor``.
public struct RPCMethod: Sendable {
    let name: String
    let isStream: Bool
    /// The names of the parameters for named arguments; nil for a parameter without a name.
    let parameterNames: [String?]
    var requirement: SessionCondition?
    var rateLimits: [RateLimit] = []
    var isOffLoop = false
    let invoke: @Sendable (IncomingCall) -> Void

    // Inlinable members are specialised in the handler's module, where the types of the arguments are known. A call
    // through unspecialised code costs four times as much.
    @usableFromInline
    init(
        name: String, isStream: Bool = false, parameterNames: [String?] = [],
        invoke: @escaping @Sendable (IncomingCall) -> Void
    ) {
        self.name = name
        self.isStream = isStream
        self.parameterNames = parameterNames
        self.invoke = invoke
    }

    /// Registers a synchronous function that takes positional arguments only.
    /// - Parameters:
    ///   - name: 1 to 256 bytes without control characters. Names that begin with `__` are reserved.
    ///   - body: Called on the connection's loop. If it throws an ``RPCError``, the caller receives that error. If it
    ///     throws another error, the caller receives an internal error without its text.
    @inlinable
    public init<each Argument: Decodable & Sendable, Result: Encodable & Sendable>(
        _ name: String,
        _ body: @escaping @Sendable (Connection, repeat each Argument) throws -> Result
    ) {
        self.init(name, body, parameters: repeat Parameter<each Argument>(name: nil))
    }

    /// Registers a synchronous function with names and default values for its parameters.
    /// - Parameters:
    ///   - name: 1 to 256 bytes without control characters. Names that begin with `__` are reserved.
    ///   - body: Called on the connection's loop. If it throws an ``RPCError``, the caller receives that error. If it
    ///     throws another error, the caller receives an internal error without its text.
    ///   - parameters: One for each parameter of the function after the connection.
    @inlinable
    public init<each Argument: Decodable & Sendable, Result: Encodable & Sendable>(
        _ name: String,
        _ body: @escaping @Sendable (Connection, repeat each Argument) throws -> Result,
        parameters: repeat Parameter<each Argument>
    ) {
        self.init(
            name, ParameterList(repeat each parameters),
            calling: { connection, arguments in
                try body(connection, repeat each arguments.values)
            })
    }

    /// Registers an asynchronous function that takes positional arguments only.
    /// - Parameters:
    ///   - name: 1 to 256 bytes without control characters. Names that begin with `__` are reserved.
    ///   - body: Started on the connection's loop. If it throws an ``RPCError``, the caller receives that error. If it
    ///     throws another error, the caller receives an internal error without its text.
    @inlinable
    public init<each Argument: Decodable & Sendable, Result: Encodable & Sendable>(
        _ name: String,
        _ body: nonisolated(nonsending) @escaping @Sendable (Connection, repeat each Argument) async throws -> Result
    ) {
        self.init(name, body, parameters: repeat Parameter<each Argument>(name: nil))
    }

    /// Registers an asynchronous function with names and default values for its parameters.
    /// - Parameters:
    ///   - name: 1 to 256 bytes without control characters. Names that begin with `__` are reserved.
    ///   - body: Started on the connection's loop. If it throws an ``RPCError``, the caller receives that error. If it
    ///     throws another error, the caller receives an internal error without its text.
    ///   - parameters: One for each parameter of the function after the connection.
    @inlinable
    public init<each Argument: Decodable & Sendable, Result: Encodable & Sendable>(
        _ name: String,
        _ body: nonisolated(nonsending) @escaping @Sendable (Connection, repeat each Argument) async throws -> Result,
        parameters: repeat Parameter<each Argument>
    ) {
        self.init(
            name, ParameterList(repeat each parameters),
            starting: { connection, arguments in
                try await body(connection, repeat each arguments.values)
            })
    }

    /// The arguments are decoded first, so that a decoding error is never mistaken for an error that the function
    /// throws.
    @inlinable
    init<each Argument, Result: Encodable & Sendable>(
        _ name: String, _ parameters: ParameterList<repeat each Argument>,
        calling body: @escaping @Sendable (Connection, Arguments<repeat each Argument>) throws -> Result
    ) {
        let encoding = WireEncoding<Result>.resolve()
        self.init(name: name, parameterNames: parameters.names) { call in
            guard let connection = call.connection else { return }
            do throws(RPCError) {
                let arguments = try parameters.read(call)
                if call.isOffLoop { return call.start(using: encoding) { try body(connection, arguments) } }
                call.reply(using: encoding) { try body(connection, arguments) }
            } catch {
                call.fail(error)
            }
        }
    }

    @inlinable
    init<each Argument, Result: Encodable & Sendable>(
        _ name: String, _ parameters: ParameterList<repeat each Argument>,
        starting body:
            nonisolated(nonsending) @escaping @Sendable (
                Connection, Arguments<repeat each Argument>
            ) async throws -> Result
    ) {
        let encoding = WireEncoding<Result>.resolve()
        self.init(name: name, parameterNames: parameters.names) { call in
            guard let connection = call.connection else { return }
            do throws(RPCError) {
                let arguments = try parameters.read(call)
                call.start(using: encoding) { try await body(connection, arguments) }
            } catch {
                call.fail(error)
            }
        }
    }
}

// MARK: - Functions that return nothing

extension RPCMethod {
    /// Registers a synchronous function that returns nothing and takes positional arguments only. Callers receive nil.
    /// - Parameters:
    ///   - name: 1 to 256 bytes without control characters. Names that begin with `__` are reserved.
    ///   - body: Called on the connection's loop. If it throws an ``RPCError``, the caller receives that error. If it
    ///     throws another error, the caller receives an internal error without its text.
    @inlinable
    public init<each Argument: Decodable & Sendable>(
        _ name: String,
        _ body: @escaping @Sendable (Connection, repeat each Argument) throws -> Void
    ) {
        self.init(name, body, parameters: repeat Parameter<each Argument>(name: nil))
    }

    /// Registers a synchronous function that returns nothing, with names and default values for its parameters. Callers
    /// receive nil.
    /// - Parameters:
    ///   - name: 1 to 256 bytes without control characters. Names that begin with `__` are reserved.
    ///   - body: Called on the connection's loop. If it throws an ``RPCError``, the caller receives that error. If it
    ///     throws another error, the caller receives an internal error without its text.
    ///   - parameters: One for each parameter of the function after the connection.
    @inlinable
    public init<each Argument: Decodable & Sendable>(
        _ name: String,
        _ body: @escaping @Sendable (Connection, repeat each Argument) throws -> Void,
        parameters: repeat Parameter<each Argument>
    ) {
        self.init(
            name, ParameterList(repeat each parameters),
            calling: { connection, arguments in
                try body(connection, repeat each arguments.values)
                return WireValue.null
            })
    }

    /// Registers an asynchronous function that returns nothing and takes positional arguments only. Callers receive nil
    /// after it has returned.
    /// - Parameters:
    ///   - name: 1 to 256 bytes without control characters. Names that begin with `__` are reserved.
    ///   - body: Started on the connection's loop. If it throws an ``RPCError``, the caller receives that error. If it
    ///     throws another error, the caller receives an internal error without its text.
    @inlinable
    public init<each Argument: Decodable & Sendable>(
        _ name: String,
        _ body: nonisolated(nonsending) @escaping @Sendable (Connection, repeat each Argument) async throws -> Void
    ) {
        self.init(name, body, parameters: repeat Parameter<each Argument>(name: nil))
    }

    /// Registers an asynchronous function that returns nothing, with names and default values for its parameters.
    /// Callers receive nil after it has returned.
    /// - Parameters:
    ///   - name: 1 to 256 bytes without control characters. Names that begin with `__` are reserved.
    ///   - body: Started on the connection's loop. If it throws an ``RPCError``, the caller receives that error. If it
    ///     throws another error, the caller receives an internal error without its text.
    ///   - parameters: One for each parameter of the function after the connection.
    @inlinable
    public init<each Argument: Decodable & Sendable>(
        _ name: String,
        _ body: nonisolated(nonsending) @escaping @Sendable (Connection, repeat each Argument) async throws -> Void,
        parameters: repeat Parameter<each Argument>
    ) {
        self.init(
            name, ParameterList(repeat each parameters),
            starting: { connection, arguments in
                try await body(connection, repeat each arguments.values)
                return WireValue.null
            })
    }
}
