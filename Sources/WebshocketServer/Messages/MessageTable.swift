import EventLoops

/// The message handlers of one handler or path, by event and by kind of message; built once, at start.
struct MessageTable: Sendable {
    /// The handler of one event.
    struct Event: Sendable {
        let name: String
        let body: HandlerBody
        /// The name of the handler's work on an event loop, for the watchdog.
        let label: WorkLabel

        init(name: String, body: HandlerBody) {
            self.name = name
            self.body = body
            label = WorkLabel("event '\(name)'")
        }

        /// Decodes the data of a packet.
        /// - Throws: ``RPCErrorCode/invalidParameters``, which names the event.
        func reading(_ packet: IncomingPacket) throws(RPCError) -> HandlerBody.Run {
            try body.reading(packet, "data of event '\(name)'")
        }
    }

    /// The result of looking for a handler for a message that is not a packet.
    enum Handling {
        case run(HandlerBody.Run)
        /// The handler cannot decode the message.
        case refused(RPCError)
        /// There is no handler for the message. If there is a JSON handler, the error says why the message is not JSON.
        case unhandled(PacketError?)
    }

    private var events: NameTable<Event>
    private var text: (@Sendable (String) -> HandlerBody.Run)?
    private var binary: (@Sendable ([UInt8]) -> HandlerBody.Run)?
    private var json: HandlerBody?

    /// - Throws: ``ServerError`` if an event or a kind of message has two handlers, or if an event's name is reserved
    ///   or invalid.
    init(_ declared: MessageHandlers) throws(ServerError) {
        events = NameTable(count: declared.handlers.count)
        for handler in declared.handlers {
            switch handler.kind {
            case .event(let name, let body): try add(Event(name: name, body: body))
            case .text(let body):
                if text != nil { throw .twoHandlers("text messages have") }
                text = body
            case .binary(let body):
                if binary != nil { throw .twoHandlers("binary messages have") }
                binary = body
            case .json(let body):
                if json != nil { throw .twoHandlers("JSON messages have") }
                json = body
            }
        }
    }

    private mutating func add(_ event: Event) throws(ServerError) {
        if let fault = NameTable<Void>.fault(of: event.name) {
            throw .invalidMessageHandler("event '\(event.name)': \(fault)")
        }
        if events.contains(event.name) { throw .twoHandlers("event '\(event.name)' has") }
        events.add(event, named: event.name)
    }

    /// Returns the handler for a packet that is not a call; nil if there is none.
    func event(of packet: IncomingPacket) -> Event? {
        guard packet.source == .custom, let name = packet.event else { return nil }
        return events.element(named: name)
    }

    /// Finds the handler for a message that is not a packet.
    /// - Parameter parser: Parses the message as JSON; nil if it is known not to be JSON.
    func handling(_ kind: MessageKind, _ bytes: UnsafeRawBufferPointer, _ parser: PacketParser?) -> Handling {
        if kind == .binary, let binary { return .run(binary([UInt8](bytes))) }
        var fault: PacketError?
        if let json, let parser {
            do {
                return .run(try parser.read(bytes, as: .json) { root in try json.reading(root, "the message") })
            } catch let error as RPCError {
                return .refused(error)
            } catch {
                let error = error as? PacketError ?? .malformed
                if error.isPastLimit { return .refused(RPCError("\(error)", code: .notAPacket)) }
                fault = error
            }
        }
        if kind == .text, let text { return .run(text(String(decoding: bytes, as: UTF8.self))) }
        return .unhandled(fault)
    }

    /// The close reason for a peer that sends a message of a kind without a handler.
    var taken: String {
        if text != nil { return "Text messages only" }
        return binary != nil ? "Binary messages only" : "No messages are taken here"
    }
}

extension PacketError {
    /// Whether the message exceeds a limit, and therefore must not be passed to a handler as data.
    var isPastLimit: Bool {
        switch self {
        case .tooDeep, .tooManyElements, .runTooLong, .outOfMemory: true
        case .malformed, .truncated, .invalidUTF8, .loneSurrogate, .invalidKey, .notAPacket: false
        }
    }

    /// Whether the message is well-formed, but is not a packet.
    var isOfPacket: Bool {
        if case .notAPacket = self { true } else { false }
    }
}

extension ServerError {
    fileprivate static func twoHandlers(_ claimed: String) -> ServerError {
        invalidMessageHandler("\(claimed) two handlers")
    }

    fileprivate static func invalidMessageHandler(_ message: String) -> ServerError {
        ServerError(code: .invalidMessageHandler, message: message.escapingControlCharacters)
    }
}
