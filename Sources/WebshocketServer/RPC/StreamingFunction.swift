import EventLoops

/// A streaming method with its types erased.
///
/// Streaming methods are objects, while other methods are closures. A closure may be sent to another isolation domain
/// with the type of a sequence only if that type has no isolated conformances. The compiler cannot know this for
/// `some AsyncSequence`. A method of an object uses the generic parameters of the object instead.
protocol StreamingFunction: Sendable {
    func invoke(_ call: IncomingCall)
}

/// One call of a streaming method, with decoded arguments.
protocol ElementProducer: Sendable {
    /// Sends all elements, and returns after the last one.
    nonisolated(nonsending) func produce(into sink: ElementSink) async throws
}

/// The destination of the elements of one call.
struct ElementSink: Sendable {
    let stream: LoopBound<(core: ServerConnection, call: CallInFlight)>
    /// Whether the elements are produced off the connection's loop.
    let isOffLoop: Bool

    nonisolated(nonsending) func send<Element: Sendable>(
        _ element: Element, using encoding: WireEncoding<Element>
    ) async throws {
        guard isOffLoop else {
            return try await stream.value.core.send(element, of: stream.value.call, using: encoding)
        }
        try await withTaskExecutorPreference(stream.loop) {
            try await stream.value.core.send(element, of: stream.value.call, using: encoding)
        }
    }
}

/// A handler's function that returns a sequence.
final class SequenceFunction<each Argument: Decodable & Sendable, Elements: AsyncSequence>: StreamingFunction
where Elements.Element: Encodable & Sendable {
    typealias Body =
        nonisolated(nonsending) @Sendable (Connection, repeat each Argument) async throws -> Elements

    private let parameters: ParameterList<repeat each Argument>
    fileprivate let body: Body
    fileprivate let encoding = WireEncoding<Elements.Element>.resolve()

    init(_ parameters: ParameterList<repeat each Argument>, _ body: @escaping Body) {
        self.parameters = parameters
        self.body = body
    }

    func invoke(_ call: IncomingCall) {
        guard let connection = call.connection else { return }
        do throws(RPCError) {
            let arguments = try parameters.read(call)
            try call.stream(SequenceProducer(self, connection, arguments))
        } catch {
            call.fail(error)
        }
    }
}

private final class SequenceProducer<each Argument: Decodable & Sendable, Elements: AsyncSequence>: ElementProducer
where Elements.Element: Encodable & Sendable {
    private let function: SequenceFunction<repeat each Argument, Elements>
    private let connection: Connection
    private let arguments: Arguments<repeat each Argument>

    init(
        _ function: SequenceFunction<repeat each Argument, Elements>, _ connection: Connection,
        _ arguments: Arguments<repeat each Argument>
    ) {
        self.function = function
        self.connection = connection
        self.arguments = arguments
    }

    nonisolated(nonsending) func produce(into sink: ElementSink) async throws {
        for try await element in try await function.body(connection, repeat each arguments.values) {
            try await sink.send(element, using: function.encoding)
        }
    }
}
