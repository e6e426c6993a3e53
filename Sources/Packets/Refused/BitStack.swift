/// A stack with one bit for each container that encloses the current position.
struct BitStack {
    private var words: [UInt64] = []
    private var count = 0

    var last: Bool? {
        guard count > 0 else { return nil }
        return words[(count - 1) / 64] >> UInt64((count - 1) % 64) & 1 == 1
    }

    mutating func push(_ bit: Bool) {
        if count / 64 == words.count { words.append(0) }
        let mask: UInt64 = 1 << UInt64(count % 64)
        if bit { words[count / 64] |= mask } else { words[count / 64] &= ~mask }
        count += 1
    }

    mutating func removeLast() { count -= 1 }
}
