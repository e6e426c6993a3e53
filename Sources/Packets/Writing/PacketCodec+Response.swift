import Bytes
import CMessagePack

// If one of these functions throws, the buffer contains part of the packet, and the caller truncates it.
extension PacketCodec {
    /// Writes the packet that answers a call (Protocol.md, "Calls").
    ///
    /// - Parameter callID: The ID of the call as valid UTF-8.
    package func writeResponse<T>(
        callID: UnsafeRawBufferPointer, _ result: borrowing T, using encoding: WireEncoding<T>,
        isStream: Bool = false, isEnd: Bool = false, into buffer: inout ByteBuffer
    ) throws {
        beginResponse(callID: callID, into: &buffer)
        try encoding.write(result, self, &buffer)
        endResponse(isStream: isStream, isEnd: isEnd, into: &buffer)
    }

    /// Writes the packet that ends a stream: a response of null with `is_stream` and `is_end` set.
    package func writeStreamEnd(callID: UnsafeRawBufferPointer, into buffer: inout ByteBuffer) {
        beginResponse(callID: callID, into: &buffer)
        writeNull(into: &buffer)
        endResponse(isStream: true, isEnd: true, into: &buffer)
    }

    /// Writes the packet that reports a refused or failed call.
    ///
    /// - Parameters:
    ///   - extensions: The keys after those of the format and `code`.
    ///   - isStream: Whether the method streams. If it does, this packet ends the stream.
    /// - Throws: `EncodingError` if the codec cannot represent an extension.
    package func writeErrorResponse(
        callID: UnsafeRawBufferPointer, code: RPCErrorCode, message: String, extensions: RPCExtensions = [],
        isStream: Bool = false, into buffer: inout ByteBuffer
    ) throws {
        beginResponse(callID: callID, extraKeys: extensions.count + code.extraKeys, into: &buffer)
        writeString(message, into: &buffer)
        try endErrorResponse(
            code, extensions: extensions, isStream: isStream, isEnd: isStream || code.endsCall, into: &buffer)
    }

    func write(_ response: RPCResponse, into buffer: inout ByteBuffer) throws {
        let extensions = response.extensions
        var callID = response.callID
        callID.withUTF8 {
            let extraKeys = extensions.count + (response.error?.extraKeys ?? 0)
            beginResponse(callID: UnsafeRawBufferPointer($0), extraKeys: extraKeys, into: &buffer)
        }
        try write(response.data, into: &buffer)
        if let error = response.error {
            try endErrorResponse(
                error, extensions: extensions, isStream: response.isStream, isEnd: response.isEnd, into: &buffer)
        } else {
            endResponse(isStream: response.isStream, isEnd: response.isEnd, into: &buffer)
        }
    }
}

// MARK: - Envelope

extension PacketCodec {
    package func beginResponse(
        callID: UnsafeRawBufferPointer, extraKeys: Int = 0, into buffer: inout ByteBuffer
    ) {
        switch self {
        case .messagePack:
            MessagePackWriter.writeHead(
                messagepack_response_head, messagepack_response_head_length, extraKeys: extraKeys, into: &buffer)
            MessagePackWriter.write(text: callID, into: &buffer)
            messagepack_response_key(buffer.reserve(Int(messagepack_response_key_length)))
            buffer.advance(by: Int(messagepack_response_key_length))
        case .json:
            buffer.append(#"{"source":5,"rpc":{"type":"response","call_id":"#)
            JSONWriter.write(text: callID, into: &buffer)
            buffer.append(#","response":"#)
        }
    }

    /// Ends the response of a call that succeeded.
    package func endResponse(isStream: Bool, isEnd: Bool, into buffer: inout ByteBuffer) {
        switch self {
        case .messagePack:
            let tail = buffer.reserve(Int(messagepack_success_tail_length))
            messagepack_success_tail(tail)
            if isStream { tail.storeBytes(of: 0xc3, toByteOffset: Int(messagepack_is_stream_offset), as: UInt8.self) }
            if isEnd { tail.storeBytes(of: 0xc3, toByteOffset: Int(messagepack_is_end_offset), as: UInt8.self) }
            buffer.advance(by: Int(messagepack_success_tail_length))
        case .json:
            switch (isStream, isEnd) {
            case (false, false): buffer.append(#","error":null,"is_stream":false,"is_end":false}}"#)
            case (true, false): buffer.append(#","error":null,"is_stream":true,"is_end":false}}"#)
            case (false, true): buffer.append(#","error":null,"is_stream":false,"is_end":true}}"#)
            case (true, true): buffer.append(#","error":null,"is_stream":true,"is_end":true}}"#)
            }
        }
    }

    /// Writes `error`, the booleans, `code` if it differs from `error`, and the extensions.
    private func endErrorResponse(
        _ code: RPCErrorCode, extensions: RPCExtensions, isStream: Bool, isEnd: Bool, into buffer: inout ByteBuffer
    ) throws {
        writeKey("error", at: 1, into: &buffer)
        writeInt64(Int64(code.wireCode.rawValue), into: &buffer)
        writeKey("is_stream", at: 1, into: &buffer)
        writeBool(isStream, into: &buffer)
        writeKey("is_end", at: 1, into: &buffer)
        writeBool(isEnd, into: &buffer)
        if code.extraKeys > 0 {
            writeKey("code", at: 1, into: &buffer)
            writeInt64(Int64(code.rawValue), into: &buffer)
        }
        try write(extensions, into: &buffer)
        endRPC(into: &buffer)
    }

    /// Writes the keys after those of the format.
    func write(_ extensions: RPCExtensions, into buffer: inout ByteBuffer) throws {
        for (key, value) in extensions {
            writeKey(key, at: 1, into: &buffer)
            try write(value, into: &buffer)
        }
    }

    /// Ends the `rpc` map and the packet.
    func endRPC(into buffer: inout ByteBuffer) {
        if self == .json { buffer.append("}}") }
    }
}

extension MessagePackWriter {
    /// Writes the constant part before the ID of a call, and sets the number of keys in `rpc`.
    ///
    /// - Parameter extraKeys: The number of keys in addition to those of the format; at most 9, so the map's header
    ///   keeps its form.
    @inline(__always) static func writeHead(
        _ literal: (UnsafeMutableRawPointer) -> Void, _ length: some BinaryInteger, extraKeys: Int,
        into buffer: inout ByteBuffer
    ) {
        precondition(extraKeys <= 9)
        let head = buffer.reserve(Int(length))
        literal(head)
        if extraKeys > 0 {
            let offset = Int(messagepack_rpc_count_offset)
            let count = head.load(fromByteOffset: offset, as: UInt8.self)
            head.storeBytes(of: count + UInt8(extraKeys), toByteOffset: offset, as: UInt8.self)
        }
        buffer.advance(by: Int(length))
    }
}
