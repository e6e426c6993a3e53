/// What names of the server's own stand for; made once, at start.
///
/// A hash table over the names' bytes, with chains in an array: a dictionary would want a string made of every name
/// that arrives, and guard against names chosen to collide, which here are the server's own.
struct NameTable<Element: Sendable>: Sendable {
    static var longestName: Int { 256 }

    private struct Entry: Sendable {
        let name: [UInt8]
        let element: Element
        /// The entry to look at next, or -1.
        let next: Int
    }

    private var entries: [Entry] = []
    /// The first entry of each chain, or -1; as many as a power of two.
    private var buckets: [Int]

    /// - Parameter count: how many names there will be.
    init(count: Int) {
        var size = 8
        while size < count * 2 { size *= 2 }
        buckets = Array(repeating: -1, count: size)
    }

    /// What keeps a name out of the table, as the end of a sentence that begins with the name; nil for nothing.
    static func fault(of name: String) -> String? {
        guard !name.isEmpty, name.utf8.count <= Self.longestName, name == name.escapingControlCharacters else {
            return "a name has 1 to \(Self.longestName) bytes, no control characters"
        }
        return name.utf8.starts(with: "__".utf8) ? "names that begin with '__' are the framework's" : nil
    }

    /// Adds a name that the table does not have.
    mutating func add(_ element: Element, named name: String) {
        let bytes = Array(name.utf8)
        let first = bytes.withUnsafeBytes { bucket(of: $0) }
        entries.append(Entry(name: bytes, element: element, next: buckets[first]))
        buckets[first] = entries.count - 1
    }

    func contains(_ name: String) -> Bool {
        Array(name.utf8).withUnsafeBytes { element(named: $0) } != nil
    }

    /// Finds what the bytes of a name stand for.
    func element(named name: UnsafeRawBufferPointer) -> Element? {
        guard name.count <= Self.longestName else { return nil }
        var index = buckets[bucket(of: name)]
        while index >= 0 {
            if entries[index].name.elementsEqual(name) { return entries[index].element }
            index = entries[index].next
        }
        return nil
    }

    /// FNV-1a, 64 bits.
    private func bucket(of name: UnsafeRawBufferPointer) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Int(truncatingIfNeeded: (hash ^ (hash >> 32)) & UInt64(buckets.count - 1))
    }
}
