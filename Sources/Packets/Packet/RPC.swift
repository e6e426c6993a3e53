/// The content of an RPC packet.
public enum RPC: Sendable, Hashable {
    /// A call.
    case request(RPCRequest)
    /// The response to a call, or one element of a stream.
    case response(RPCResponse)
}

/// A request to call a method (Protocol.md, "Calls").
public struct RPCRequest: Sendable, Hashable {
    /// The name under which the method is registered.
    public var method: String
    /// The positional arguments.
    public var arguments: [WireValue]
    /// The named arguments.
    public var named: [String: WireValue]
    /// The ID that the response carries. If it is nil, the server generates one.
    public var callID: String?

    /// Creates a request.
    ///
    /// - Parameters:
    ///   - method: The name under which the method is registered.
    ///   - arguments: The positional arguments.
    ///   - named: The named arguments.
    ///   - callID: The ID that the response carries; nil if the server may generate one.
    public init(method: String, arguments: [WireValue] = [], named: [String: WireValue] = [:], callID: String? = nil) {
        self.method = method
        self.arguments = arguments
        self.named = named
        self.callID = callID
    }
}

/// The response to a call (Protocol.md, "Calls").
public struct RPCResponse: Sendable, Hashable {
    /// The ID of the call.
    public var callID: String
    /// The result, or the message of the error.
    public var data: WireValue
    /// The error code, or nil if the call did not fail.
    public var error: RPCErrorCode?
    /// The additional data of an error, or nil.
    public var errorData: WireValue?
    /// The time to wait before a retry, in whole milliseconds. It is sent for example with ``RPCErrorCode/rateLimited``
    /// and ``RPCErrorCode/shuttingDown``.
    public var retryAfter: Duration?
    /// Whether this is an element or the end of a stream.
    public var isStream: Bool
    /// Whether this is the last response of a stream. It is also true with the errors ``RPCErrorCode/methodNotFound``,
    /// ``RPCErrorCode/accessDenied`` and ``RPCErrorCode/rateLimited``.
    public var isEnd: Bool

    /// Creates a response.
    ///
    /// - Parameters:
    ///   - callID: The ID of the call.
    ///   - data: The result, or the message of the error.
    ///   - error: The error code; nil if the call succeeded.
    ///   - errorData: The additional data of an error.
    ///   - retryAfter: The time to wait before a retry.
    ///   - isStream: Whether this is an element or the end of a stream.
    ///   - isEnd: Whether this is the last response of a stream.
    public init(
        callID: String, data: WireValue = .null, error: RPCErrorCode? = nil, errorData: WireValue? = nil,
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
