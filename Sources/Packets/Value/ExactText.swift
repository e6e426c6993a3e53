/// A text that is compared by its UTF-8 bytes.
///
/// Swift considers canonically equivalent strings equal: U+212A (Kelvin sign) equals `K`, and a composed letter equals
/// its decomposed form. Names and user IDs are hashed and compared by their bytes instead, so the name of one peer
/// never matches another name.
///
/// - Complexity: Hashing and comparing take linear time for any text. With `String`, they take quadratic time in the
///   length of a run of combining marks.
package struct ExactText: Hashable, Sendable {
    package let text: String

    @inlinable
    package init(_ text: String) {
        self.text = text
    }

    @inlinable
    package static func == (a: Self, b: Self) -> Bool { a.text.hasSameBytes(as: b.text) }

    @inlinable
    package func hash(into hasher: inout Hasher) {
        text.withBytes { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        hasher.combine(UInt8(0xFF))
    }
}

extension ExactText: Comparable {
    /// Orders by UTF-8 bytes, which is the order of the Unicode scalars.
    @inlinable
    package static func < (a: Self, b: Self) -> Bool { a.text.utf8.lexicographicallyPrecedes(b.text.utf8) }
}

extension String {
    /// Whether both texts have the same UTF-8 bytes.
    @inlinable
    package func hasSameBytes(as other: String) -> Bool {
        withBytes { a in
            other.withBytes { b in
                guard a.count == b.count else { return false }
                let (a, b) = (UnsafeRawBufferPointer(a), UnsafeRawBufferPointer(b))
                var index = 0
                while index + 8 <= a.count {
                    let isSame =
                        a.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                        == b.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                    guard isSame else { return false }
                    index += 8
                }
                while index < a.count {
                    guard a[index] == b[index] else { return false }
                    index += 1
                }
                return true
            }
        }
    }

    /// Calls `body` with the UTF-8 bytes of the text, which are valid only during the call.
    @inlinable
    package func withBytes<R>(_ body: (UnsafeBufferPointer<UInt8>) -> R) -> R {
        if let result = utf8.withContiguousStorageIfAvailable(body) { return result }
        var copy = self
        return copy.withUTF8(body)
    }
}

extension Dictionary where Key == String {
    /// The pairs, sorted by the UTF-8 bytes of their keys.
    ///
    /// Sorting by Swift's own order is slower: comparing two texts takes time linear in their lengths if they are
    /// canonically equivalent up to their ends.
    package var sortedByKeyBytes: [(key: String, value: Value)] {
        sorted { $0.key.precedesByBytes($1.key) }
    }

    /// Returns the value of the key that has exactly these UTF-8 bytes.
    package func exactValue(of key: String) -> Value? {
        guard let index = index(forKey: key), self[index].key.hasSameBytes(as: key) else { return nil }
        return self[index].value
    }

    /// Sets the value of a key. The key replaces a canonically equivalent key, because a dictionary cannot hold both.
    package mutating func setLast(_ value: Value, for key: String) {
        guard updateValue(value, forKey: key) != nil, let index = index(forKey: key),
            !self[index].key.hasSameBytes(as: key)
        else { return }
        remove(at: index)
        self[key] = value
    }
}

extension Sequence<String> {
    /// The texts, sorted by their UTF-8 bytes; see ``Swift/Dictionary/sortedByKeyBytes``.
    package var sortedByBytes: [String] { sorted { $0.precedesByBytes($1) } }
}

extension String {
    fileprivate func precedesByBytes(_ other: String) -> Bool { ExactText(self) < ExactText(other) }
}
