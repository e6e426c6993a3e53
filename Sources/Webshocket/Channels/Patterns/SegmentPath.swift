/// A pattern of segments as an index looks for it: in front of its first `**`, behind its last one, and between.
///
/// What is in front of the first and behind the last has one place only in a name, from the name's beginning and its
/// end. So a name leads through a tree of these in one way for each of them, and what is between is looked at only
/// where the rest fits.
struct SegmentPath {
    /// The labels in front of the first `**`; then, if there is one, `many` and those behind the last, from the back.
    var steps: [SegmentLabel] = []
    /// The labels between, which begin and end with no `many`; empty if there is nothing between.
    var middle: [SegmentLabel] = []

    init(_ elements: [SegmentPattern.Element], label: (SegmentPattern.Element) -> SegmentLabel) {
        guard let first = elements.firstIndex(where: { $0.kind == .many }),
            let last = elements.lastIndex(where: { $0.kind == .many })
        else {
            steps = elements.map(label)
            return
        }
        steps = elements[..<first].map(label) + [.many]
        if first < last {
            for element in elements[(first + 1)..<last] {
                guard element.kind == .many else { middle.append(label(element)); continue }
                if !middle.isEmpty, middle.last != .many { middle.append(.many) }
            }
            if middle.last == .many { middle.removeLast() }
        }
        steps += elements[(last + 1)...].reversed().map(label)
    }
}
