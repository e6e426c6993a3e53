/// A table of elements by name, for names that the server declares. Built once, at startup.
///
/// It is a hash table over the bytes of the names, with its chains in an array. A dictionary would need a `String` for
/// each name that is received. It would also use a slower hash against chosen collisions, which cannot occur here.
struct NameTable<Element: Sendable>: Sendable {
    static var longestName: Int { 256 }

    private struct Entry: Sendable {
        let name: [UInt8]
        let element: Element
        /// The index of the next entry in the chain, or -1.
        let next: Int
    }

    private var entries: [Entry] = []
    /// The index of the first entry of each chain, or -1. The count is a power of two.
    private var buckets: [Int]

    /// - Parameter count: The number of names that will be added.
    init(count: Int) {
        var size = 8
        while size < count * 2 { size *= 2 }
        buckets = Array(repeating: -1, count: size)
    }

    /// Explains why a name is invalid, in words that follow the name and a colon.
    /// - Returns: Nil if the name is valid.
    static func fault(of name: String) -> String? {
        guard !name.isEmpty, name.utf8.count <= Self.longestName, name == name.escapingControlCharacters else {
            return "a name must have 1 to \(Self.longestName) bytes and no control characters"
        }
        return name.utf8.starts(with: "__".utf8) ? "names that begin with '__' are reserved" : nil
    }

    /// Adds an element under a name that is not in the table.
    mutating func add(_ element: Element, named name: String) {
        let bytes = Array(name.utf8)
        let first = bytes.withUnsafeBytes { bucket(of: $0) }
        entries.append(Entry(name: bytes, element: element, next: buckets[first]))
        buckets[first] = entries.count - 1
    }

    func contains(_ name: String) -> Bool {
        Array(name.utf8).withUnsafeBytes { element(named: $0) } != nil
    }

    /// Finds an element by the UTF-8 bytes of its name.
    func element(named name: UnsafeRawBufferPointer) -> Element? {
        guard name.count <= Self.longestName else { return nil }
        var index = buckets[bucket(of: name)]
        while index >= 0 {
            if entries[index].name.elementsEqual(name) { return entries[index].element }
            index = entries[index].next
        }
        return nil
    }

    /// The index of the name's bucket, from its 64-bit FNV-1a hash.
    private func bucket(of name: UnsafeRawBufferPointer) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Int(truncatingIfNeeded: (hash ^ (hash >> 32)) & UInt64(buckets.count - 1))
    }
}
