/// The reason why a server could not start. It is meant for the operator, and is thrown before any peer is served.
public struct ServerError: Error, Sendable, Hashable {
    /// The kinds of start-up errors. More may be added, so a `switch` over them needs a `default`.
    public struct Code: Sendable, Hashable {
        private let name: StaticName
        private enum StaticName: Sendable {
            case method, message, route, address, alreadyStarted, configuration, certificate, handler, resources
        }

        /// A method's name is already in use, reserved or invalid, or two of its parameters have the same name.
        public static let invalidMethod = Code(name: .method)
        /// Two handlers are declared for one event or one kind of message, or an event's name is reserved or invalid.
        public static let invalidMessageHandler = Code(name: .message)
        /// Two handlers are declared for one path, or a path does not begin with a slash.
        public static let invalidRoute = Code(name: .route)
        /// The server cannot listen on the address: it is in use, not local, or not permitted.
        public static let cannotListen = Code(name: .address)
        /// The server is running, or has stopped. A server can be started only once.
        public static let alreadyStarted = Code(name: .alreadyStarted)
        /// A setting is outside its range.
        public static let invalidConfiguration = Code(name: .configuration)
        /// A handler has a stored property that looks like a declaration and has no effect, or is a subclass of a
        /// handler.
        public static let invalidHandler = Code(name: .handler)
        /// A certificate or a key cannot be read or used, or they do not match.
        public static let invalidCertificate = Code(name: .certificate)
        /// The operating system has no descriptors, threads or memory left for the server's event loops.
        public static let outOfResources = Code(name: .resources)
    }

    /// The kind of error.
    public var code: Code
    /// One line that names the faulty method, path, address or setting.
    public var message: String

    package init(code: Code, message: String) {
        self.code = code
        self.message = message
    }
}

extension ServerError: CustomStringConvertible {
    /// The message.
    public var description: String { message }
}
