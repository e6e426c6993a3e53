import Bytes

extension WireValue: CustomStringConvertible {
    /// The value as compact JSON text that is safe to print.
    ///
    /// Control characters and invisible format characters are escaped as `\u{…}`. Numbers that JSON cannot represent
    /// are shown as `nan`, `inf` or `-inf`.
    public var description: String {
        ((try? json()) ?? permissiveText(depth: 0)).escapingControls(as: \.escaped)
    }

    /// Creates a value from JSON text.
    /// - Parameter text: One JSON value, at most 64 levels deep. Its strings must be within the limits of Protocol.md,
    ///   "Text".
    /// - Throws: An error that describes the problem with the text.
    public init(json text: String) throws {
        let bytes = Array(text.utf8)
        self = try bytes.withUnsafeBytes { bytes in
            try PacketParser(limits: PacketLimits(maxElements: .max)).read(bytes, as: .json) { $0.value() }
        }
    }

    /// Returns the value as the JSON text that would be sent: with sorted keys, bytes in base64, and timestamps in ISO
    /// 8601.
    ///
    /// - Parameter pretty: Whether to break lines and indent by two spaces.
    /// - Returns: The JSON text.
    /// - Throws: `EncodingError` if the value contains NaN or an infinity, or has more than 64 levels of nesting.
    public func json(pretty: Bool = false) throws -> String {
        var buffer = ByteBuffer()
        if pretty {
            try writePretty(into: &buffer, depth: 0)
        } else {
            try PacketCodec.json.write(self, into: &buffer, depth: 0)
        }
        return buffer.withBytes { String(decoding: $0, as: UTF8.self) }
    }

    private func permissiveText(depth: Int) -> String {
        guard depth < PacketCodec.deepest else { return "…" }
        switch self {
        case .double(let value):
            return value.description
        case .array(let elements):
            return "[" + elements.map { $0.permissiveText(depth: depth + 1) }.joined(separator: ",") + "]"
        case .map(let pairs):
            let texts = pairs.sortedByKeyBytes.map { key, value in
                "\(WireValue.string(key)):\(value.permissiveText(depth: depth + 1))"
            }
            return "{" + texts.joined(separator: ",") + "}"
        case .null, .bool, .int, .uint, .string, .bytes, .timestamp, .ext:
            return (try? json()) ?? ""
        }
    }

    private func writePretty(into buffer: inout ByteBuffer, depth: Int) throws {
        let indent = [UInt8](repeating: UInt8(ascii: " "), count: 2 * (depth + 1))
        switch self {
        case .array(let elements) where !elements.isEmpty:
            try PacketCodec.checkDepth(depth)
            buffer.append("[")
            for (index, element) in elements.enumerated() {
                buffer.append(index == 0 ? "\n" : ",\n")
                buffer.append(contentsOf: indent)
                try element.writePretty(into: &buffer, depth: depth + 1)
            }
            buffer.append("\n")
            buffer.append(contentsOf: indent.dropLast(2))
            buffer.append("]")
        case .map(let pairs) where !pairs.isEmpty:
            try PacketCodec.checkDepth(depth)
            buffer.append("{")
            for (index, (key, value)) in pairs.sortedByKeyBytes.enumerated() {
                buffer.append(index == 0 ? "\n" : ",\n")
                buffer.append(contentsOf: indent)
                PacketCodec.json.writeString(key, into: &buffer)
                buffer.append(": ")
                try value.writePretty(into: &buffer, depth: depth + 1)
            }
            buffer.append("\n")
            buffer.append(contentsOf: indent.dropLast(2))
            buffer.append("}")
        case .null, .bool, .int, .uint, .double, .string, .bytes, .timestamp, .ext, .array, .map:
            try PacketCodec.json.write(self, into: &buffer, depth: depth)
        }
    }
}
