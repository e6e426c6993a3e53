import Bytes

/// A value that is being encoded. It is a class because containers and super encoders fill it after they are returned.
final class EncodingNode {
    private enum Content {
        case nothing, null
        case direct(any DirectWireValue)
        case array([EncodingNode])
        /// Keys in the order in which they were first encoded.
        case map(keys: [String], nodes: [String: EncodingNode])
        /// The type requested this kind of container, but the node held a value of another kind. The request cannot
        /// throw, so the error is thrown later.
        case misused(askedFor: String)
    }

    private var content = Content.nothing
    /// The codec, which limits the values that can be encoded: JSON has no NaN.
    let codec: PacketCodec

    init(for codec: PacketCodec) {
        self.codec = codec
    }

    /// Encodes a value into this node, which must be empty. If encoding throws, the node is empty again and the caller
    /// can encode another value.
    ///
    /// The depth is checked before the value encodes itself, so infinite nesting throws an error instead of overflowing
    /// the stack.
    func encode<T: Encodable>(_ value: T, path: [any CodingKey]) throws {
        try checkEmpty(value, path: path)
        if let direct = value as? any DirectWireValue {
            do {
                try direct.checkSendable(as: codec)
            } catch let error as EncodingError {
                throw error.within(path)
            }
            content = .direct(direct)
            return
        }
        guard path.count <= PacketCodec.deepest else {
            throw EncodingError.unsendable(value, "Nesting exceeds \(PacketCodec.deepest) levels.", path: path)
        }
        do {
            try value.encode(to: NodeEncoder(node: self, codingPath: path))
            if case .misused(let container) = content { throw Self.misuse(container, path: path) }
        } catch {
            content = .nothing
            throw error
        }
        if value is any UnorderedMap { sortKeys() }
    }

    func encodeNil(path: [any CodingKey]) throws {
        try checkEmpty(WireValue.null, path: path)
        content = .null
    }

    private func checkEmpty(_ value: Any, path: [any CodingKey]) throws {
        switch content {
        case .nothing: return
        case .misused(let container): throw Self.misuse(container, path: path)
        case .null, .direct, .array, .map:
            throw EncodingError.unsendable(value, "A value was already encoded here.", path: path)
        }
    }

    // MARK: - Containers

    func beginMap() {
        switch content {
        case .nothing: content = .map(keys: [], nodes: [:])
        case .map, .misused: break
        case .null, .direct, .array: content = .misused(askedFor: "a keyed container")
        }
    }

    func beginArray() {
        switch content {
        case .nothing: content = .array([])
        case .array, .misused: break
        case .null, .direct, .map: content = .misused(askedFor: "an unkeyed container")
        }
    }

    private static func misuse(_ container: String, path: [any CodingKey] = []) -> EncodingError {
        .unsendable(container, "Requested \(container), but a value of another kind was already encoded.", path: path)
    }

    var count: Int {
        if case .array(let nodes) = content { nodes.count } else { 0 }
    }

    /// Appends a node to the array. A no-op if the node was misused.
    func append(_ node: EncodingNode) {
        guard case .array(var nodes) = content else { return }
        content = .nothing
        nodes.append(node)
        content = .array(nodes)
    }

    /// Sets the value of a key, and replaces an earlier value. A no-op if the node was misused.
    func set(_ node: EncodingNode, for key: String) {
        guard case .map(var keys, var nodes) = content else { return }
        content = .nothing
        if nodes.updateValue(node, forKey: key) == nil { keys.append(key) }
        content = .map(keys: keys, nodes: nodes)
    }

    /// Returns the node of a nested container: the existing node of the key, or a new one.
    func child(_ key: String) -> EncodingNode {
        if case .map(_, let nodes) = content, let node = nodes[key] { return node }
        let node = EncodingNode(for: codec)
        set(node, for: key)
        return node
    }

    private func sortKeys() {
        guard case .map(let keys, let nodes) = content else { return }
        content = .map(keys: keys.sortedByBytes, nodes: nodes)
    }

    // MARK: - Results

    /// Writes the value. A type that encoded nothing becomes an empty map, as with `JSONEncoder`.
    func write(into buffer: inout ByteBuffer, depth: Int) throws {
        switch content {
        case .nothing:
            try PacketCodec.checkDepth(depth)
            codec.beginMap(count: 0, into: &buffer)
            codec.endMap(into: &buffer)
        case .null:
            codec.writeNull(into: &buffer)
        case .direct(let value):
            try value.write(codec, into: &buffer, depth: depth)
        case .array(let nodes):
            try PacketCodec.checkDepth(depth)
            codec.beginArray(count: nodes.count, into: &buffer)
            for (index, node) in nodes.enumerated() {
                codec.separate(index, into: &buffer)
                try EncodingError.naming(WireKey(index: index)) { try node.write(into: &buffer, depth: depth + 1) }
            }
            codec.endArray(into: &buffer)
        case .map(let keys, let nodes):
            try PacketCodec.checkDepth(depth)
            codec.beginMap(count: keys.count, into: &buffer)
            for (index, key) in keys.enumerated() {
                codec.writeKey(key, at: index, into: &buffer)
                try EncodingError.naming(WireKey(key)) { try nodes[key]?.write(into: &buffer, depth: depth + 1) }
            }
            codec.endMap(into: &buffer)
        case .misused(let container):
            throw Self.misuse(container)
        }
    }

    func value(depth: Int) throws -> WireValue {
        switch content {
        case .nothing:
            try PacketCodec.checkDepth(depth)
            return .map([:])
        case .null: return .null
        case .direct(let value): return try value.wireValue()
        case .array(let nodes):
            try PacketCodec.checkDepth(depth)
            return .array(
                try nodes.enumerated().map { index, node in
                    try EncodingError.naming(WireKey(index: index)) { try node.value(depth: depth + 1) }
                })
        case .map(_, let nodes):
            try PacketCodec.checkDepth(depth)
            var pairs = [String: WireValue](minimumCapacity: nodes.count)
            for (key, node) in nodes {
                pairs[key] = try EncodingError.naming(WireKey(key)) { try node.value(depth: depth + 1) }
            }
            return .map(pairs)
        case .misused(let container):
            throw Self.misuse(container)
        }
    }
}

/// A map without a defined order. It is written in the order of its keys, so equal values produce equal bytes.
private protocol UnorderedMap {}
extension Dictionary: UnorderedMap {}
