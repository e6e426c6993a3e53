/// What an RPC packet carries.
public enum RPC: Sendable, Hashable {
    /// A call.
    case request(RPCRequest)
    /// The answer to a call, or one element of a streamed answer.
    case response(RPCResponse)
}

/// A call of a method (Protocol.md, "Calls").
public struct RPCRequest: Sendable, Hashable {
    /// The name that the method is registered under.
    public var method: String
    /// The arguments by position.
    public var arguments: [Value]
    /// The arguments by name.
    public var named: [String: Value]
    /// What the response will carry; a server makes one where there is none.
    public var callID: String?

    /// Makes a request.
    public init(method: String, arguments: [Value] = [], named: [String: Value] = [:], callID: String? = nil) {
        self.method = method
        self.arguments = arguments
        self.named = named
        self.callID = callID
    }
}

/// The answer to a call (Protocol.md, "Calls").
public struct RPCResponse: Sendable, Hashable {
    /// The call that is answered.
    public var callID: String
    /// The result, or the text of the error.
    public var data: Value
    /// Why the call failed; nil where it did not.
    public var error: RPCErrorCode?
    /// What an error carries besides its text; nil where it carries nothing.
    public var errorData: Value?
    /// How long to wait before trying again, in whole milliseconds, such as with ``RPCErrorCode/rateLimited`` and
    /// ``RPCErrorCode/shuttingDown``.
    public var retryAfter: Duration?
    /// Whether this is an element, or the end, of a streamed answer.
    public var isStream: Bool
    /// Whether nothing more follows in this stream; also true of some errors, see ``RPCErrorCode``.
    public var isEnd: Bool

    /// Makes a response.
    public init(
        callID: String, data: Value = .null, error: RPCErrorCode? = nil, errorData: Value? = nil,
        retryAfter: Duration? = nil, isStream: Bool = false, isEnd: Bool = false
    ) {
        self.callID = callID
        self.data = data
        self.error = error
        self.errorData = errorData
        self.retryAfter = retryAfter
        self.isStream = isStream
        self.isEnd = isEnd
    }
}
