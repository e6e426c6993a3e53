// Initialisers without an access, whose error messages name the missing argument.
extension WebSocketRoute {
    /// Unavailable, because a raw route must declare its access.
    @available(*, unavailable, message: "declare which clients may connect: Route(path, access: .everyone) { … }")
    public init(
        _ path: String, subprotocols: [String] = [], onMessage: @escaping MessageBody, onConnect: ConnectBody? = nil,
        onDisconnect: DisconnectBody? = nil
    ) {
        self.init(path, access: .everyone, onMessage: onMessage)
    }

    /// Unavailable, because a raw route must declare its access.
    @available(*, unavailable, message: "declare which clients may connect: Route(path, access: .everyone) { … }")
    public init(
        _ path: String, subprotocols: [String] = [], @MessageHandlersBuilder messages: () -> MessageHandlers,
        onConnect: ConnectBody? = nil, onDisconnect: DisconnectBody? = nil
    ) {
        self.init(path, access: .everyone, messages: messages)
    }
}
