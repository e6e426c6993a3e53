import EventLoops

/// Who hears what of one handler or path; made once, at start.
struct MessageTable: Sendable {
    /// Who hears one event.
    struct Event: Sendable {
        let name: String
        let body: HandlerBody
        /// Names its work on a loop, for the watchdog.
        let label: WorkLabel

        init(name: String, body: HandlerBody) {
            self.name = name
            self.body = body
            label = WorkLabel("event '\(name)'")
        }

        /// - Throws: ``RPCErrorCode/invalidParameters`` that names the event.
        func reading(_ packet: IncomingPacket) throws(RPCError) -> HandlerBody.Run {
            try body.reading(packet, "data of event '\(name)'")
        }
    }

    /// What becomes of a message that is no packet.
    enum Hearing {
        case run(HandlerBody.Run)
        /// Its handler cannot read it.
        case refused(RPCError)
        /// No handler is for it; with what keeps it from being JSON, where it might have been.
        case unheard(PacketError?)
    }

    private var events: NameTable<Event>
    private var text: (@Sendable (String) -> HandlerBody.Run)?
    private var binary: (@Sendable ([UInt8]) -> HandlerBody.Run)?
    private var json: HandlerBody?

    /// - Throws: ``StartupError`` that names the event or the kind of message that has two handlers, or the event whose
    ///   name is reserved or unusable.
    init(_ declared: MessageHandlers) throws(StartupError) {
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

    private mutating func add(_ event: Event) throws(StartupError) {
        if let fault = NameTable<Void>.fault(of: event.name) {
            throw .badMessageHandler("event '\(event.name)': \(fault)")
        }
        if events.contains(event.name) { throw .twoHandlers("event '\(event.name)' has") }
        events.add(event, named: event.name)
    }

    /// Finds who hears a packet that is no call.
    func event(of packet: IncomingPacket) -> Event? {
        guard packet.source == .custom, let name = packet.event else { return nil }
        return events.element(named: name)
    }

    /// Finds who hears a message that is no packet.
    /// - Parameter parser: reads it as JSON; nil where it is known to be none.
    func hearing(_ kind: MessageKind, _ bytes: UnsafeRawBufferPointer, _ parser: PacketParser?) -> Hearing {
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
        return .unheard(fault)
    }

    /// What a peer is told whose message is of a kind that no handler is for.
    var taken: String {
        if text != nil { return "Text messages only" }
        return binary != nil ? "Binary messages only" : "No messages are taken here"
    }
}

extension PacketError {
    /// Whether the message exceeds a limit, so that it must not be handed on as data.
    var isPastLimit: Bool {
        switch self {
        case .tooDeep, .tooManyElements, .runTooLong, .outOfMemory: true
        case .malformed, .truncated, .invalidUTF8, .loneSurrogate, .invalidKey, .notAPacket: false
        }
    }

    /// Whether the message was parsed, but is not a packet.
    var isOfPacket: Bool {
        if case .notAPacket = self { true } else { false }
    }
}

extension StartupError {
    fileprivate static func twoHandlers(_ claimed: String) -> StartupError {
        badMessageHandler("\(claimed) two handlers")
    }

    fileprivate static func badMessageHandler(_ message: String) -> StartupError {
        StartupError(code: .badMessageHandler, message: message.escapingControlCharacters)
    }
}
