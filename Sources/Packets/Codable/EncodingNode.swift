import Bytes

/// One value in the making. It is a class since containers and super encoders fill it after they were handed out.
final class EncodingNode {
    private enum Content {
        case nothing, null
        case direct(any DirectWireValue)
        case array([EncodingNode])
        /// Keys in the order in which they were first encoded.
        case map(keys: [String], nodes: [String: EncodingNode])
    }

    private var content = Content.nothing

    func setNull() { content = .null }

    /// Depth is checked before the value is asked to encode itself, so that an endless one ends here and not with
    /// the stack.
    func encode<T: Encodable>(_ value: T, path: [any CodingKey]) throws {
        if let direct = value as? any DirectWireValue {
            content = .direct(direct)
            return
        }
        guard path.count <= Codec.deepest else {
            throw EncodingError.unsendable(value, "Nested more than \(Codec.deepest) levels deep.", path: path)
        }
        try value.encode(to: NodeEncoder(node: self, codingPath: path))
    }

    // MARK: - Containers

    func beginMap() {
        if case .map = content { return }
        content = .map(keys: [], nodes: [:])
    }

    func beginArray() {
        if case .array = content { return }
        content = .array([])
    }

    var count: Int {
        if case .array(let nodes) = content { nodes.count } else { 0 }
    }

    func append() -> EncodingNode {
        guard case .array(var nodes) = content else { return EncodingNode() }
        content = .nothing
        let node = EncodingNode()
        nodes.append(node)
        content = .array(nodes)
        return node
    }

    /// The node of a key: a fresh one where the key was encoded before, which replaces it.
    func child(_ key: String) -> EncodingNode {
        guard case .map(var keys, var nodes) = content else { return EncodingNode() }
        content = .nothing
        let node = EncodingNode()
        if nodes.updateValue(node, forKey: key) == nil { keys.append(key) }
        content = .map(keys: keys, nodes: nodes)
        return node
    }

    // MARK: - What became of it

    /// Writes the value; one that encoded nothing at all is an empty map, as a type without members is.
    func write(_ codec: Codec, into buffer: inout ByteBuffer, depth: Int) throws {
        switch content {
        case .nothing:
            try Codec.checkDepth(depth)
            codec.beginMap(count: 0, into: &buffer)
            codec.endMap(into: &buffer)
        case .null:
            codec.writeNull(into: &buffer)
        case .direct(let value):
            try value.write(codec, into: &buffer, depth: depth)
        case .array(let nodes):
            try Codec.checkDepth(depth)
            codec.beginArray(count: nodes.count, into: &buffer)
            for (index, node) in nodes.enumerated() {
                codec.separate(index, into: &buffer)
                do {
                    try node.write(codec, into: &buffer, depth: depth + 1)
                } catch let error as EncodingError {
                    throw error.within(WireKey(index: index))
                }
            }
            codec.endArray(into: &buffer)
        case .map(let keys, let nodes):
            try Codec.checkDepth(depth)
            codec.beginMap(count: keys.count, into: &buffer)
            for (index, key) in keys.enumerated() {
                codec.writeKey(key, at: index, into: &buffer)
                do {
                    try nodes[key]?.write(codec, into: &buffer, depth: depth + 1)
                } catch let error as EncodingError {
                    throw error.within(WireKey(key))
                }
            }
            codec.endMap(into: &buffer)
        }
    }

    func value(depth: Int) throws -> Value {
        switch content {
        case .nothing:
            try Codec.checkDepth(depth)
            return .map([:])
        case .null: return .null
        case .direct(let value): return try value.wireValue()
        case .array(let nodes):
            try Codec.checkDepth(depth)
            return .array(try nodes.map { try $0.value(depth: depth + 1) })
        case .map(_, let nodes):
            try Codec.checkDepth(depth)
            return .map(try nodes.mapValues { try $0.value(depth: depth + 1) })
        }
    }
}
