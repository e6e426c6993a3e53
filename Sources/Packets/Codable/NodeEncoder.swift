/// An `Encoder` that fills an ``EncodingNode``.
struct NodeEncoder: Encoder {
    let node: EncodingNode
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        node.beginMap()
        return KeyedEncodingContainer(NodeKeyedContainer<Key>(node: node, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        node.beginArray()
        return NodeUnkeyedContainer(node: node, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }
}

extension NodeEncoder: SingleValueEncodingContainer {
    func encodeNil() throws { try node.encodeNil(path: codingPath) }
    func encode<T: Encodable>(_ value: T) throws { try node.encode(value, path: codingPath) }
    func encode(_ value: Int128) throws { try node.encode(value, path: codingPath) }
    func encode(_ value: UInt128) throws { try node.encode(value, path: codingPath) }
}

// A value is added to its container only after it has been encoded, so a failed encoding adds nothing. 128-bit integers
// need their own methods, because the standard library's default implementations throw.

struct NodeKeyedContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let node: EncodingNode
    let codingPath: [any CodingKey]

    func encodeNil(forKey key: Key) throws { try add(WireValue.null, key) }
    func encode<T: Encodable>(_ value: T, forKey key: Key) throws { try add(value, key) }
    func encode(_ value: Int128, forKey key: Key) throws { try add(value, key) }
    func encode(_ value: UInt128, forKey key: Key) throws { try add(value, key) }

    private func add(_ value: some Encodable, _ key: Key) throws {
        let child = EncodingNode(for: node.codec)
        try child.encode(value, path: codingPath + [key])
        node.set(child, for: key.stringValue)
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type, forKey key: Key
    ) -> KeyedEncodingContainer<NestedKey> {
        nested(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        nested(key).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { superEncoder(at: WireKey("super")) }
    func superEncoder(forKey key: Key) -> any Encoder { superEncoder(at: key) }

    private func nested(_ key: Key) -> NodeEncoder {
        NodeEncoder(node: node.child(key.stringValue), codingPath: codingPath + [key])
    }

    private func superEncoder(at key: some CodingKey) -> NodeEncoder {
        let child = EncodingNode(for: node.codec)
        node.set(child, for: key.stringValue)
        return NodeEncoder(node: child, codingPath: codingPath + [key])
    }
}

struct NodeUnkeyedContainer: UnkeyedEncodingContainer {
    let node: EncodingNode
    let codingPath: [any CodingKey]
    var count: Int { node.count }

    func encodeNil() throws { try add(WireValue.null) }
    func encode<T: Encodable>(_ value: T) throws { try add(value) }
    func encode(_ value: Int128) throws { try add(value) }
    func encode(_ value: UInt128) throws { try add(value) }

    private func add(_ value: some Encodable) throws {
        let element = EncodingNode(for: node.codec)
        try element.encode(value, path: codingPath + [WireKey(index: count)])
        node.append(element)
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type
    ) -> KeyedEncodingContainer<NestedKey> {
        next().container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { next().unkeyedContainer() }
    func superEncoder() -> any Encoder { next() }

    private func next() -> NodeEncoder {
        let path = codingPath + [WireKey(index: count)]
        let element = EncodingNode(for: node.codec)
        node.append(element)
        return NodeEncoder(node: element, codingPath: path)
    }
}
