/// A pattern of segments as an index searches for it: the part before its first `**`, the part after its last, and the
/// middle between them.
///
/// The first part can only match at a name's beginning, and the last part only at its end. Therefore a name takes one
/// path through a tree for each of these patterns. The middle is compared only if both other parts match.
struct SegmentPath {
    /// The labels before the first `**`. If there is one, they are followed by `many` and the labels after the last, in
    /// reverse.
    var steps: [SegmentLabel] = []
    /// The labels between the first and the last `**`, without a leading or trailing `many`. Empty if there are none.
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
