// Raw routes without an access, so that the compiler names the missing argument.
extension Route {
    /// Not available: a raw route must declare its access.
    @available(*, unavailable, message: "declare who may connect: Route(path, access: .everyone) { … }")
    public init(
        _ path: String, subprotocols: [String] = [], onMessage: @escaping MessageBody, onConnect: ConnectBody? = nil,
        onDisconnect: DisconnectBody? = nil
    ) {
        self.init(path, access: .everyone, onMessage: onMessage)
    }

    /// Not available: a raw route must declare its access.
    @available(*, unavailable, message: "declare who may connect: Route(path, access: .everyone) { … }")
    public init(
        _ path: String, subprotocols: [String] = [], @MessageHandlersBuilder messages: () -> MessageHandlers,
        onConnect: ConnectBody? = nil, onDisconnect: DisconnectBody? = nil
    ) {
        self.init(path, access: .everyone, messages: messages)
    }
}
