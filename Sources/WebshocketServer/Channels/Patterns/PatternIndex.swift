/// A dictionary of patterns of one syntax that finds the values of all patterns that match a channel's name.
///
/// A search in an empty index costs nothing. Otherwise the cost is proportional to the length of the name, plus a small
/// cost for each pattern whose prefix and suffix fit. For details, and for the cost of hostile patterns, see
/// ``SegmentIndex`` and ``GlobIndex``. The memory of removed patterns is reused, and freed when the index is empty.
package struct PatternIndex<Value> {
    package let syntax: PatternSyntax
    /// The slot of each pattern. The finder identifies patterns by slot.
    private var slots: [ChannelPattern: Int] = [:]
    private var values: [Value?] = []
    private var freeSlots: [Int] = []
    /// The finder of each syntax; nil for the syntax that is not used, and while the index is empty.
    private var segments: SegmentIndex?
    private var globs: GlobIndex?

    package init(syntax: PatternSyntax) {
        self.syntax = syntax
    }

    package var count: Int { slots.count }
    package var isEmpty: Bool { slots.isEmpty }

    /// The value of one pattern, which must use the index's syntax. Setting nil removes the pattern.
    package subscript(_ pattern: ChannelPattern) -> Value? {
        get { slots[pattern].flatMap { values[$0] } }
        set {
            if let slot = slots[pattern] {
                values[slot] = newValue
                if newValue == nil { remove(pattern, slot) }
            } else if let newValue {
                insert(pattern, newValue)
            }
        }
    }

    /// Calls `body` once with the value of each pattern that matches the name, in no particular order.
    ///
    /// - Parameter name: A name within the length limit. For globs, memory grows faster than the length of the name.
    package func forEachMatch(of name: String, _ body: (Value) -> Void) {
        guard !slots.isEmpty else { return }
        if let segments {
            name.withBytes { name in segments.forEachMatch(of: name) { slot in values[slot].map(body) } }
        }
        globs?.forEachMatch(of: name) { slot in values[slot].map(body) }
    }

    private mutating func insert(_ pattern: ChannelPattern, _ value: Value) {
        precondition(pattern.syntax == syntax, "the pattern must use the index's syntax")
        let slot = freeSlots.popLast() ?? values.count
        if slot == values.count { values.append(value) } else { values[slot] = value }
        slots[pattern] = slot
        switch pattern.form {
        case .segments(let segmentPattern):
            if segments == nil { segments = SegmentIndex() }
            segments?.insert(segmentPattern, text: pattern.text, slot)
        case .globs(let glob):
            if globs == nil { globs = GlobIndex() }
            globs?.insert(glob, slot)
        }
    }

    private mutating func remove(_ pattern: ChannelPattern, _ slot: Int) {
        slots[pattern] = nil
        guard !slots.isEmpty else {
            self = PatternIndex(syntax: syntax)
            return
        }
        freeSlots.append(slot)
        segments?.remove(slot)
        globs?.remove(slot)
    }
}

extension PatternIndex: Sendable where Value: Sendable {}
