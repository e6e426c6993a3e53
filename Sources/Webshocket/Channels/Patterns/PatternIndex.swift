/// Values by pattern, for all patterns of one syntax, that finds those whose pattern matches a channel's name.
///
/// While it is empty a search costs nothing. Otherwise it costs about as much as the name is long, and a little for
/// each pattern that could match by what it begins and ends with; see ``SegmentIndex`` and ``GlobIndex`` for how much,
/// and what whoever chooses the patterns can make of it. Memory of patterns that go is used for those that come, and
/// given back when the last has gone.
package struct PatternIndex<Value> {
    package let syntax: PatternSyntax
    /// Each pattern has a slot, by which the finder knows it.
    private var slots: [ChannelPattern: Int] = [:]
    private var values: [Value?] = []
    private var freeSlots: [Int] = []
    /// The finder; nil for the other syntax, and while there are no patterns.
    private var segments: SegmentIndex?
    private var globs: GlobIndex?

    package init(syntax: PatternSyntax) {
        self.syntax = syntax
    }

    package var count: Int { slots.count }
    package var isEmpty: Bool { slots.isEmpty }

    /// The value of one pattern, which is of the index's syntax; nil takes the pattern out.
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

    /// Calls `body` with the value of each pattern that the name matches, once each, in no order.
    ///
    /// - Parameter name: Of a length within the limits; the memory that globs need grows faster than it.
    package func forEachMatch(of name: String, _ body: (Value) -> Void) {
        guard !slots.isEmpty else { return }
        if let segments {
            name.withBytes { name in segments.forEachMatch(of: name) { slot in values[slot].map(body) } }
        }
        globs?.forEachMatch(of: name) { slot in values[slot].map(body) }
    }

    private mutating func insert(_ pattern: ChannelPattern, _ value: Value) {
        precondition(pattern.syntax == syntax, "a pattern of the index's syntax")
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
