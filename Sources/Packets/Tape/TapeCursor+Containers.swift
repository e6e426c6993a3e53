import CTape

extension TapeCursor {
    /// Elements of an array, pairs of a map (duplicates counted), 0 of anything else.
    package var count: Int {
        switch kind {
        case .array, .map: Int(token.pointee.length)
        case .null, .no, .yes, .integer, .unsigned, .double, .string, .bytes, .extension: 0
        }
    }

    /// The elements of an array, in order.
    package var elements: Elements? { kind == .array ? Elements(token: token) : nil }

    /// The pairs of a map as they arrived, duplicates included: the last one counts.
    package var entries: Entries? { kind == .map ? Entries(token: token) : nil }

    /// The value of a map's key; the last one where the key stands twice. Costs one walk over the map.
    package func value(forKey key: String) -> TapeCursor? {
        var key = key
        return key.withUTF8 { last(where: UnsafeRawBufferPointer($0)) }
    }

    package func value(forKey key: StaticString) -> TapeCursor? {
        last(where: UnsafeRawBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount))
    }

    private func last(where name: UnsafeRawBufferPointer) -> TapeCursor? {
        guard var entries else { return nil }
        var found: TapeCursor?
        while let entry = entries.next() { if entry.key.holds(name) { found = entry.value } }
        return found
    }

    package struct Elements: Sequence, IteratorProtocol {
        private var left: UInt32
        private var cursor: TapeCursor

        fileprivate init(token: UnsafePointer<tape_token>) {
            left = token.pointee.length
            cursor = TapeCursor(token: token + 1)
        }

        package var underestimatedCount: Int { Int(left) }

        package mutating func next() -> TapeCursor? {
            guard left > 0 else { return nil }
            left -= 1
            defer { if left > 0 { cursor = cursor.next } }
            return cursor
        }
    }

    package struct Entries: Sequence, IteratorProtocol {
        private var left: UInt32
        private var cursor: TapeCursor

        fileprivate init(token: UnsafePointer<tape_token>) {
            left = token.pointee.length
            cursor = TapeCursor(token: token + 1)
        }

        package var underestimatedCount: Int { Int(left) }

        /// The key is a string.
        package mutating func next() -> (key: TapeCursor, value: TapeCursor)? {
            guard left > 0 else { return nil }
            left -= 1
            let key = cursor
            let value = TapeCursor(token: key.token + 1)
            if left > 0 { cursor = value.next }
            return (key, value)
        }
    }
}
