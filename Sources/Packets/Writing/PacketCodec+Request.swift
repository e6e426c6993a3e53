import Bytes
import CMessagePack

// If one of these functions throws, the buffer contains part of the packet, and the caller truncates it.
extension PacketCodec {
    /// Writes the packet that calls a method, and encodes each argument from its own type (Protocol.md, "Calls").
    ///
    /// - Parameter extensions: The keys after those of the format, such as a deadline.
    package func writeRequest<each Argument: Encodable>(
        callID: String?, method: String, arguments: repeat each Argument, named: [String: WireValue] = [:],
        extensions: RPCExtensions = [], into buffer: inout ByteBuffer
    ) throws {
        var count = 0
        for _ in repeat (each Argument).self { count += 1 }
        beginRequest(method: method, argumentCount: count, extraKeys: extensions.count, into: &buffer)
        var index = 0
        for argument in repeat each arguments {
            try writeArgument(argument, at: index, into: &buffer)
            index += 1
        }
        try endRequest(named: named, callID: callID, extensions: extensions, into: &buffer)
    }

    /// Writes the packet that calls a method whose arguments are already values.
    package func writeRequest(
        callID: String?, method: String, values: [WireValue], named: [String: WireValue] = [:],
        extensions: RPCExtensions = [], into buffer: inout ByteBuffer
    ) throws {
        beginRequest(method: method, argumentCount: values.count, extraKeys: extensions.count, into: &buffer)
        for (index, value) in values.enumerated() { try writeArgument(value, at: index, into: &buffer) }
        try endRequest(named: named, callID: callID, extensions: extensions, into: &buffer)
    }

    func write(_ request: RPCRequest, into buffer: inout ByteBuffer) throws {
        try writeRequest(
            callID: request.callID, method: request.method, values: request.arguments, named: request.named,
            into: &buffer)
    }
}

// MARK: - In parts

extension PacketCodec {
    /// Begins a request. Complete it with exactly `argumentCount` calls of ``writeArgument(_:at:into:)`` and one call
    /// of ``endRequest(named:callID:extensions:into:)`` with `extraKeys` extensions.
    package func beginRequest(
        method: String, argumentCount: Int, extraKeys: Int = 0, into buffer: inout ByteBuffer
    ) {
        switch self {
        case .messagePack:
            MessagePackWriter.writeHead(
                messagepack_request_head, messagepack_request_head_length, extraKeys: extraKeys, into: &buffer)
        case .json:
            buffer.append(#"{"source":5,"rpc":{"type":"request","method":"#)
        }
        writeString(method, into: &buffer)
        writeKey("args", at: 1, into: &buffer)
        beginArray(count: argumentCount, into: &buffer)
    }

    package func writeArgument(_ argument: some Encodable, at index: Int, into buffer: inout ByteBuffer) throws {
        separate(index, into: &buffer)
        do {
            // The argument is within `args`, which is one more container.
            try encode(argument, into: &buffer, depth: PacketCodec.envelopeDepth + 1)
        } catch let error as EncodingError {
            throw error.within(WireKey(index: index))
        }
    }

    package func endRequest(
        named: [String: WireValue], callID: String?, extensions: RPCExtensions = [],
        into buffer: inout ByteBuffer
    ) throws {
        endArray(into: &buffer)
        writeKey("kwargs", at: 1, into: &buffer)
        try write(named, into: &buffer, depth: PacketCodec.envelopeDepth)
        writeKey("call_id", at: 1, into: &buffer)
        if let callID { writeString(callID, into: &buffer) } else { writeNull(into: &buffer) }
        try write(extensions, into: &buffer)
        endRPC(into: &buffer)
    }
}
