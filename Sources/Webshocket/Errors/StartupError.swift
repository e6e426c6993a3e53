/// Why a server could not start: for its operator, before any peer is served.
public struct StartupError: Error, Sendable, Hashable {
    /// The kinds of start-up errors; more may come, so a `switch` over them needs a `default`.
    public struct Code: Sendable, Hashable {
        private let name: StaticName
        private enum StaticName: Sendable {
            case method, message, route, address, alreadyStarted, configuration, certificate, handler, resources
        }

        /// A method's name is taken, reserved or unusable, or two of its parameters have the same name.
        public static let badMethod = Code(name: .method)
        /// Two handlers claim one event or one kind of message, or an event's name is reserved or unusable.
        public static let badMessageHandler = Code(name: .message)
        /// Two handlers claim one path, or a path does not begin with a slash.
        public static let badRoute = Code(name: .route)
        /// The address cannot be listened on: in use, not this machine's, or not permitted.
        public static let cannotListen = Code(name: .address)
        /// The server runs, or has run; make a new one.
        public static let alreadyStarted = Code(name: .alreadyStarted)
        /// A setting is outside its range.
        public static let badConfiguration = Code(name: .configuration)
        /// A handler has a stored property that looks like a declaration and has no effect, or is a subclass of a handler.
        public static let badHandler = Code(name: .handler)
        /// A certificate or a key cannot be read or used, or the two do not belong together.
        public static let badCertificate = Code(name: .certificate)
        /// The system has no descriptors, threads or memory left for the server's event loops.
        public static let outOfResources = Code(name: .resources)
    }

    /// What kind of error it is.
    public var code: Code
    /// One line that names the method, path, address or setting at fault.
    public var message: String

    package init(code: Code, message: String) {
        self.code = code
        self.message = message
    }
}

extension StartupError: CustomStringConvertible {
    /// The message.
    public var description: String { message }
}
