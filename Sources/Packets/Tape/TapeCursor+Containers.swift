import CTape

extension TapeCursor {
    /// The number of elements of an array, or of pairs of a map including duplicates; 0 for any other value.
    package var count: Int {
        switch kind {
        case .array, .map: Int(token.pointee.length)
        case .null, .no, .yes, .integer, .unsigned, .double, .string, .bytes, .extension: 0
        }
    }

    /// The elements of an array in order, or nil for any other value.
    package var elements: Elements? { kind == .array ? Elements(token: token) : nil }

    /// The pairs of a map in message order, or nil for any other value. Duplicates are included; the last one is the
    /// valid one.
    package var entries: Entries? { kind == .map ? Entries(token: token) : nil }

    /// Returns the value of a map's key: the last one if the key is repeated.
    ///
    /// - Complexity: O(*n*) in the number of pairs.
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

        /// Returns the next pair. Its key is always a string.
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
