/// A received request on the tape, not copied.
package struct IncomingRequest {
    /// The name of the method in UTF-8.
    package let method: UnsafeRawBufferPointer
    /// The array of positional arguments, or nil if there are none.
    package let arguments: TapeCursor?
    /// The map of named arguments, or nil if there are none.
    package let named: TapeCursor?
    package let callID: UnsafeRawBufferPointer?
    /// The value of the `timeout` key, not validated: an invalid value is an error of the call, not of the packet.
    package let timeout: TapeCursor?
    /// The value of the `credit` key, not validated: an invalid value is an error of the call, not of the packet.
    package let credit: TapeCursor?
    /// Whether the caller expects no response.
    package let isNotification: Bool

    package func rpcRequest() -> RPCRequest {
        RPCRequest(
            method: String(decoding: method, as: UTF8.self),
            arguments: arguments?.elements?.map { $0.value() } ?? [],
            named: named?.dictionary() ?? [:],
            callID: callID.map { String(decoding: $0, as: UTF8.self) })
    }
}

/// A received response on the tape, not copied.
package struct IncomingResponse {
    package let callID: UnsafeRawBufferPointer
    package let response: TapeCursor?
    /// The precise code: the number in the `code` key if there is one, and in the `error` key otherwise.
    package let code: RPCErrorCode?
    /// The number in the `error` key.
    package let error: Int?
    /// The additional data of an error.
    package let errorData: TapeCursor?
    package let retryAfter: TapeCursor?
    package let isStream: Bool
    package let isEnd: Bool

    package func rpcResponse() -> RPCResponse {
        var response = RPCResponse(
            callID: String(decoding: callID, as: UTF8.self), data: response?.value() ?? .null, error: code,
            isStream: isStream, isEnd: isEnd)
        guard code != nil else { return response }
        response.errorData = errorData.flatMap { $0.isNull ? nil : $0.value() }
        // A time beyond the range of a duration is clamped, so the caller still waits.
        response.retryAfter = retryAfter?.double.map { min($0, 1e11) }.flatMap(Duration.init(wireSeconds:))
        return response
    }
}

extension IncomingPacket.Body {
    /// Reads an `rpc` map. The keys of requests and responses are collected in one pass, because `type` need not come
    /// first.
    init(_ rpc: TapeCursor) throws(PacketError) {
        guard var entries = rpc.entries else { throw .notAPacket(.rpc) }
        var type: TapeCursor?
        var method: TapeCursor?
        var arguments: TapeCursor?
        var named: TapeCursor?
        var callID: TapeCursor?
        var response: TapeCursor?
        var error: TapeCursor?
        var code: TapeCursor?
        var isStream: TapeCursor?
        var isEnd: TapeCursor?
        var timeout: TapeCursor?
        var credit: TapeCursor?
        var notify: TapeCursor?
        var errorData: TapeCursor?
        var retryAfter: TapeCursor?
        while let (key, value) = entries.next() {
            switch key.token.pointee.length {
            case 4 where key.holds("type"): type = value
            case 4 where key.holds("args"): arguments = value
            case 4 where key.holds("code"): code = value
            case 4 where key.holds("data"): errorData = value
            case 5 where key.holds("error"): error = value
            case 6 where key.holds("method"): method = value
            case 6 where key.holds("kwargs"): named = value
            case 6 where key.holds("is_end"): isEnd = value
            case 6 where key.holds("credit"): credit = value
            case 6 where key.holds("notify"): notify = value
            case 7 where key.holds("call_id"): callID = value
            case 7 where key.holds("timeout"): timeout = value
            case 8 where key.holds("response"): response = value
            case 9 where key.holds("is_stream"): isStream = value
            case 11 where key.holds("retry_after"): retryAfter = value
            default: break
            }
        }
        if type?.isText("request") == true {
            guard let method = try method?.text(of: .method) else { throw .notAPacket(.method) }
            self = .request(
                IncomingRequest(
                    method: method,
                    arguments: try arguments?.container(.array, of: .arguments),
                    named: try named?.container(.map, of: .named),
                    callID: try callID?.text(of: .callID), timeout: timeout?.unlessNull, credit: credit?.unlessNull,
                    isNotification: try notify?.flag(of: .notify) ?? false))
        } else if type?.isText("response") == true {
            guard let callID = try callID?.text(of: .callID) else { throw .notAPacket(.callID) }
            let error = try error?.number(of: .error)
            let precise = try code?.number(of: .code)
            self = .response(
                IncomingResponse(
                    callID: callID, response: response,
                    code: (precise ?? error).map(RPCErrorCode.init(rawValue:)), error: error,
                    errorData: errorData, retryAfter: retryAfter,
                    isStream: try isStream?.flag(of: .isStream) ?? false,
                    isEnd: try isEnd?.flag(of: .isEnd) ?? false))
        } else {
            throw .notAPacket(.type)
        }
    }
}
