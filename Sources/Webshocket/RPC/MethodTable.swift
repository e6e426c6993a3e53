/// The methods of one handler by name; made once, at start.
///
/// A hash table over the names' bytes, with chains in an array: a dictionary would want a string made of every name that
/// arrives, and guard against names chosen to collide, which here are the server's own.
struct MethodTable: Sendable {
    private static let longestName = 256

    private struct Entry: Sendable {
        let name: [UInt8]
        let method: RegisteredMethod
        /// The entry to look at next, or -1.
        let next: Int
    }

    private var entries: [Entry] = []
    /// The first entry of each chain, or -1; as many as a power of two.
    private var buckets: [Int]

    /// - Parameters:
    ///   - declared: the handler's methods.
    ///   - limiter: takes up the methods' limits.
    /// - Throws: ``StartupError`` that names the method whose name is taken, reserved or unusable, or whose limit is.
    init(
        _ declared: RPCMethods, limiter: inout RateLimiterBuilder
    ) throws(StartupError) {
        var size = 8
        while size < declared.methods.count * 2 { size *= 2 }
        buckets = Array(repeating: -1, count: size)
        for method in declared.methods {
            try check(method.name)
            let limits = try limiter.plan(for: method.name, method.rateLimits)
            add(RegisteredMethod(method, limits: limits))
        }
    }

    private func check(_ name: String) throws(StartupError) {
        guard !name.isEmpty, name.utf8.count <= Self.longestName, name == name.escapingControlCharacters else {
            throw .badMethod("method '\(name)': a name has 1 to \(Self.longestName) bytes, no control characters")
        }
        guard !name.hasPrefix("__") else {
            throw .badMethod("method '\(name)': names that begin with '__' are the framework's")
        }
        guard Array(name.utf8).withUnsafeBytes({ method(named: $0) }) == nil else {
            throw .badMethod("method '\(name)' is registered twice")
        }
    }

    private mutating func add(_ method: RegisteredMethod) {
        let bytes = Array(method.name.utf8)
        let first = bytes.withUnsafeBytes { bucket(of: $0) }
        entries.append(Entry(name: bytes, method: method, next: buckets[first]))
        buckets[first] = entries.count - 1
    }

    /// Finds a method by the bytes of its name.
    func method(named name: UnsafeRawBufferPointer) -> RegisteredMethod? {
        guard name.count <= Self.longestName else { return nil }
        var index = buckets[bucket(of: name)]
        while index >= 0 {
            if entries[index].name.elementsEqual(name) { return entries[index].method }
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

extension StartupError {
    fileprivate static func badMethod(_ message: String) -> StartupError {
        StartupError(code: .badMethod, message: message.escapingControlCharacters)
    }
}
