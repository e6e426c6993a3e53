/// A closure that hears one kind of what is no call; made by `OnEvent`, `OnText`, `OnBinary` and `OnJSON`.
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

    /// Hears the kind of message that a type stands for on a path of raw messages.
    init<Content: Decodable & Sendable>(_ run: @escaping @Sendable (Content) -> HandlerBody.Run) {
        // The types are the same, so the casts cannot fail.
        if Content.self == String.self {
            kind = .text { text in (text as? Content).map(run) ?? .now { _ in } }
        } else if Content.self == [UInt8].self {
            kind = .binary { bytes in (bytes as? Content).map(run) ?? .now { _ in } }
        } else {
            kind = .json(HandlerBody(run))
        }
    }
}

/// The message handlers of a handler or of a path.
public struct MessageHandlers: Sendable {
    let handlers: [MessageHandler]

    init(_ handlers: [MessageHandler]) {
        self.handlers = handlers
    }
}

/// Collects message handlers: each line of `messages` is one.
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
