/// Reference-counted numbers for the texts of segments. Equal texts have the same number.
struct SegmentTexts: Sendable {
    private struct Entry {
        var text: ExactText
        var uses: Int
    }

    private var numbers: [ExactText: UInt32] = [:]
    private var entries: [Entry] = []
    private var free: [UInt32] = []

    /// Returns the number of a text; nil if the text is not in use.
    func number(of bytes: Slice<UnsafeBufferPointer<UInt8>>) -> UInt32? {
        numbers[ExactText(String(decoding: bytes, as: UTF8.self))]
    }

    /// Returns the number of a text, and adds one use.
    mutating func use(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> UInt32 {
        let text = ExactText(String(decoding: bytes, as: UTF8.self))
        if let number = numbers[text] {
            entries[Int(number)].uses += 1
            return number
        }
        let number = free.popLast() ?? UInt32(entries.count)
        let entry = Entry(text: text, uses: 1)
        if Int(number) == entries.count { entries.append(entry) } else { entries[Int(number)] = entry }
        numbers[text] = number
        return number
    }

    /// Removes one use of a text. After the last use the number can be assigned to another text.
    mutating func release(_ number: UInt32) {
        let index = Int(number)
        entries[index].uses -= 1
        guard entries[index].uses == 0 else { return }
        numbers[entries[index].text] = nil
        entries[index].text = ExactText("")
        free.append(number)
    }
}
