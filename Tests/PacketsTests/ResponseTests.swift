import Bytes
import Packets
import Testing

@Suite("A written response")
struct ResponseTests {
    private func utf8<R>(_ text: String, _ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        var text = text
        return try text.withUTF8 { try body(UnsafeRawBufferPointer($0)) }
    }

    @Test("carries a result that is encoded directly from its type", arguments: PacketCodec.allCases)
    func result(codec: PacketCodec) throws {
        let encoding = WireEncoding<[String: Int]>.resolve()
        let bytes = try utf8("q\"1") { id in
            try written { try codec.writeResponse(callID: id, ["a": 1], using: encoding, into: &$0) }
        }
        #expect(
            try packet(bytes, as: codec)
                == Packet(source: .rpc, rpc: .response(RPCResponse(callID: "q\"1", data: ["a": 1]))))
    }

    @Test(
        "carries the flags of a stream", arguments: PacketCodec.allCases, [(true, false), (true, true), (false, true)])
    func stream(codec: PacketCodec, flags: (Bool, Bool)) throws {
        let bytes = try utf8("s") { id in
            try written {
                try codec.writeResponse(
                    callID: id, 1, using: WireEncoding<Int>.resolve(), isStream: flags.0, isEnd: flags.1, into: &$0)
            }
        }
        let response = RPCResponse(callID: "s", data: 1, isStream: flags.0, isEnd: flags.1)
        #expect(try packet(bytes, as: codec).rpc == .response(response))
    }

    @Test("ends a stream", arguments: PacketCodec.allCases)
    func streamEnd(codec: PacketCodec) throws {
        let bytes = utf8("s") { id in written { codec.writeStreamEnd(callID: id, into: &$0) } }
        #expect(
            try packet(bytes, as: codec).rpc == .response(RPCResponse(callID: "s", isStream: true, isEnd: true)))
    }

    @Test(
        "carries one of the six codes, followed by the precise code",
        arguments: [
            (RPCErrorCode.methodNotFound, -32_601, true), (.invalidParameters, -32_602, false),
            (.internalError, -32_603, false), (.rateLimited, -32_000, true), (.applicationError, -32_001, false),
            (.accessDenied, -32_002, true), (.deadlineExceeded, -32_603, false), (.overloaded, -32_603, false),
            (.cancelled, -32_603, false), (.replyTooLarge, -32_603, false), (.shuttingDown, -32_603, false),
            (.notAPacket, -32_603, false),
            (RPCErrorCode(rawValue: 42), -32_001, false),
        ], PacketCodec.allCases)
    func errors(row: (code: RPCErrorCode, wire: Int, isEnd: Bool), codec: PacketCodec) throws {
        let bytes = try utf8("e") { id in
            try written { try codec.writeErrorResponse(callID: id, code: row.code, message: "no", into: &$0) }
        }
        let rpc = try value(bytes, as: codec)["rpc"]
        #expect(rpc?["error"]?.asInt == row.wire)
        #expect(rpc?["code"]?.asInt == (row.wire == row.code.rawValue ? nil : row.code.rawValue))
        #expect(rpc?["is_end"]?.asBool == row.isEnd)
        let response = RPCResponse(callID: "e", data: "no", error: row.code, isEnd: row.isEnd)
        #expect(try packet(bytes, as: codec).rpc == .response(response))
    }

    @Test("has the code directly after is_end")
    func order() throws {
        let bytes = try utf8("e") { id in
            try written {
                try PacketCodec.json.writeErrorResponse(callID: id, code: .overloaded, message: "m", into: &$0)
            }
        }
        let expected =
            #"{"source":5,"rpc":{"type":"response","call_id":"e","response":"m","error":-32603,"is_stream":false,"#
            + #""is_end":false,"code":-32004}}"#
        #expect(text(bytes) == expected)
    }

    @Test("carries the retry time and the data of an error", arguments: PacketCodec.allCases)
    func errorExtensions(codec: PacketCodec) throws {
        let bytes = try utf8("e") { id in
            try written {
                try codec.writeErrorResponse(
                    callID: id, code: .rateLimited, message: "no",
                    extensions: .ofError(data: ["seats": 3], retryAfter: .milliseconds(1_234)), into: &$0)
            }
        }
        let response = RPCResponse(
            callID: "e", data: "no", error: .rateLimited, errorData: ["seats": 3], retryAfter: .milliseconds(1_234),
            isEnd: true)
        let packet = try packet(bytes, as: codec)
        #expect(packet.rpc == .response(response))
        #expect(try written { try codec.write(packet, into: &$0) } == bytes)
    }

    @Test("states the retry time in whole milliseconds, rounded up")
    func wholeMilliseconds() throws {
        func told(_ time: Duration) throws -> Double? {
            let response = RPCResponse(callID: "e", error: .rateLimited, retryAfter: time)
            let bytes = try written {
                try PacketCodec.messagePack.write(Packet(source: .rpc, rpc: .response(response)), into: &$0)
            }
            return try value(bytes, as: .messagePack)["rpc"]?["retry_after"]?.asDouble
        }
        for count in [0, 1, 2, 3, 999, 1_001, 1_234, 59_999, 719_998, 86_399_999, 31_622_399_999] {
            #expect(try told(.milliseconds(count)) == Double(count) / 1_000)
            #expect(try told(.milliseconds(count) + .nanoseconds(1)) == Double(count + 1) / 1_000)
        }
        #expect(try told(.seconds(-5)) == 0)
    }

    @Test("has no keys of an error if there is no error", arguments: PacketCodec.allCases)
    func noError(codec: PacketCodec) throws {
        let response = RPCResponse(callID: "e", data: 1, errorData: ["seats": 3], retryAfter: .seconds(1))
        let bytes = try written { try codec.write(Packet(source: .rpc, rpc: .response(response)), into: &$0) }
        #expect(try packet(bytes, as: codec).rpc == .response(RPCResponse(callID: "e", data: 1)))
        let keys: WireValue = [
            "source": 5, "rpc": ["type": "response", "call_id": "e", "response": 1, "data": 7, "retry_after": 1.5],
        ]
        let read = try packet(try written { try codec.write(keys, into: &$0) }, as: codec)
        #expect(read.rpc == .response(RPCResponse(callID: "e", data: 1)))
    }

    @Test("with an error of a stream ends the stream", arguments: PacketCodec.allCases)
    func streamError(codec: PacketCodec) throws {
        let bytes = try utf8("e") { id in
            try written {
                try codec.writeErrorResponse(
                    callID: id, code: .applicationError, message: "no", isStream: true, into: &$0)
            }
        }
        let response = RPCResponse(
            callID: "e", data: "no", error: .applicationError, isStream: true, isEnd: true)
        #expect(try packet(bytes, as: codec).rpc == .response(response))
    }
}

@Suite("A written request")
struct RequestTests {
    struct Point: Codable, Equatable {
        let x: Int
        let y: Int
    }

    @Test("accepts arguments of any types", arguments: PacketCodec.allCases)
    func arguments(codec: PacketCodec) throws {
        let bytes = try written {
            try codec.writeRequest(
                callID: "id1", method: "mix", arguments: 10, "ten", Point(x: 1, y: 2), [true], nil as Int?,
                named: ["n": 1], extensions: [("deadline", 5)], into: &$0)
        }
        let request = RPCRequest(
            method: "mix", arguments: [10, "ten", ["x": 1, "y": 2], [true], nil], named: ["n": 1], callID: "id1")
        #expect(try packet(bytes, as: codec) == Packet(source: .rpc, rpc: .request(request)))
        #expect(try value(bytes, as: codec)["rpc"]?["deadline"] == 5)
    }

    @Test("is identical to that of the Python package if it has no arguments", arguments: PacketCodec.allCases)
    func noArguments(codec: PacketCodec) throws {
        let bytes = try written { try codec.writeRequest(callID: nil, method: "m", into: &$0) }
        let same = try written { try codec.writeRequest(callID: nil, method: "m", values: [], into: &$0) }
        #expect(bytes == same)
        #expect(try packet(bytes, as: codec).rpc == .request(RPCRequest(method: "m")))
    }

    @Test("reports the argument that cannot be sent")
    func unsendable() {
        let error = #expect(throws: EncodingError.self) {
            try written {
                try PacketCodec.json.writeRequest(callID: "i", method: "m", arguments: 1, [1.0, .nan], into: &$0)
            }
        }
        #expect(error?.path == ["1", "1"])
    }
}
