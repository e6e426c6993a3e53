/// A method that peers call by its name.
///
/// The function's first parameter is the calling ``Connection``; the others are read from the call, each checked
/// before the function runs. It may be synchronous or asynchronous, throw or not, and return nothing or anything
/// encodable. See Protocol.md, "Calls".
///
///     RPCMethod("add", add)
///     RPCMethod("greet", greet, parameters: "name", Parameter("greeting", default: "Hello"))
///
/// A synchronous function is called at once and costs the least. An asynchronous function starts on the connection's
/// event loop and returns to it after each wait; meanwhile other calls go on. So does a plain actor or a `@concurrent`
/// function that it awaits. A function that computes for long or blocks its thread holds up all connections of the loop:
/// use ``offLoop()``, or an actor with an ``OffLoopExecutor``.
public struct RPCMethod: Sendable {
    let name: String
    let isStream: Bool
    /// The names of the parameters for named arguments; nil for a parameter without one.
    let parameterNames: [String?]
    var requirement: SessionCondition?
    var rateLimits: [RateLimit] = []
    var isOffLoop = false
    let invoke: @Sendable (IncomingCall) -> Void

    // What is inlinable here is so that it is compiled anew in the handler's module, where the types of its arguments
    // are known; for any type at all, a call would cost four times as much.
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

    /// Registers a synchronous function, whose parameters have no names for callers.
    /// - Parameters:
    ///   - name: 1 to 256 bytes without control characters; names that begin with `__` are the framework's.
    ///   - body: called on the connection's loop. An ``RPCError`` that it throws answers the call as it is; any other
    ///     error answers it as an internal one, without its text.
    @inlinable
    public init<each Argument: Decodable & Sendable, Result: Encodable & Sendable>(
        _ name: String,
        _ body: @escaping @Sendable (Connection, repeat each Argument) throws -> Result
    ) {
        self.init(name, body, parameters: repeat Parameter<each Argument>(name: nil))
    }

    /// Registers a synchronous function with names and defaults for its parameters.
    /// - Parameters:
    ///   - name: as above.
    ///   - body: as above.
    ///   - parameters: one for each of the function's parameters behind the connection.
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

    /// Registers an asynchronous function, whose parameters have no names for callers.
    @inlinable
    public init<each Argument: Decodable & Sendable, Result: Encodable & Sendable>(
        _ name: String,
        _ body: nonisolated(nonsending) @escaping @Sendable (Connection, repeat each Argument) async throws -> Result
    ) {
        self.init(name, body, parameters: repeat Parameter<each Argument>(name: nil))
    }

    /// Registers an asynchronous function with names and defaults for its parameters.
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

    /// The arguments are read first, so that an error in them is never taken for one of the function's own.
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
    /// Registers a synchronous function that returns nothing: its callers get nil.
    @inlinable
    public init<each Argument: Decodable & Sendable>(
        _ name: String,
        _ body: @escaping @Sendable (Connection, repeat each Argument) throws -> Void
    ) {
        self.init(name, body, parameters: repeat Parameter<each Argument>(name: nil))
    }

    /// Registers a synchronous function that returns nothing, with names and defaults for its parameters.
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
                return Value.null
            })
    }

    /// Registers an asynchronous function that returns nothing: its callers get nil when it has returned.
    @inlinable
    public init<each Argument: Decodable & Sendable>(
        _ name: String,
        _ body: nonisolated(nonsending) @escaping @Sendable (Connection, repeat each Argument) async throws -> Void
    ) {
        self.init(name, body, parameters: repeat Parameter<each Argument>(name: nil))
    }

    /// Registers an asynchronous function that returns nothing, with names and defaults for its parameters.
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
                return Value.null
            })
    }
}
