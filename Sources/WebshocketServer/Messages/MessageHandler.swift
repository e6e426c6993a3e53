/// A handler for one kind of message other than calls; created by `OnEvent`, `OnText`, `OnBinary` and `OnJSON`.
public struct MessageHandler: Sendable {
    enum Kind: Sendable {
        case event(String, HandlerBody)
        case text(@Sendable (String) -> HandlerBody.Run)
        case binary(@Sendable ([UInt8]) -> HandlerBody.Run)
        case json(HandlerBody)
    }

    let kind: Kind

    init(_ kind: Kind) {
        self.kind = kind
    }

    /// Handles the kind of raw message that corresponds to a type: text, binary or JSON.
    init<Content: Decodable & Sendable>(_ run: @escaping @Sendable (Content) -> HandlerBody.Run) {
        // The casts cannot fail, because the types are the same.
        if Content.self == String.self {
            kind = .text { text in (text as? Content).map(run) ?? .now { _ in } }
        } else if Content.self == [UInt8].self {
            kind = .binary { bytes in (bytes as? Content).map(run) ?? .now { _ in } }
        } else {
            kind = .json(HandlerBody(run))
        }
    }
}

/// The message handlers of a handler or of a raw path.
public struct MessageHandlers: Sendable {
    let handlers: [MessageHandler]

    init(_ handlers: [MessageHandler]) {
        self.handlers = handlers
    }
}

/// A result builder for message handlers: each line of `messages` declares one.
@resultBuilder
public enum MessageHandlersBuilder {
    /// Joins the handlers of a block.
    public static func buildBlock(_ handlers: MessageHandlers...) -> MessageHandlers { buildArray(handlers) }
    /// Takes one handler.
    public static func buildExpression(_ handler: MessageHandler) -> MessageHandlers { MessageHandlers([handler]) }
    /// Takes handlers that were collected elsewhere.
    public static func buildExpression(_ handlers: MessageHandlers) -> MessageHandlers { handlers }
    /// Takes the handlers of an `if` without an `else`.
    public static func buildOptional(_ handlers: MessageHandlers?) -> MessageHandlers {
        handlers ?? MessageHandlers([])
    }
    /// Takes the handlers of an `if`.
    public static func buildEither(first handlers: MessageHandlers) -> MessageHandlers { handlers }
    /// Takes the handlers of an `else`.
    public static func buildEither(second handlers: MessageHandlers) -> MessageHandlers { handlers }
    /// Takes the handlers of a loop.
    public static func buildArray(_ handlers: [MessageHandlers]) -> MessageHandlers {
        MessageHandlers(handlers.flatMap(\.handlers))
    }
}
