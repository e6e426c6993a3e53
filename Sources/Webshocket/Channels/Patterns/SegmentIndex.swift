/// Finds the patterns of ``PatternSyntax/segments`` that match a name.
///
/// A tree of ``SegmentPath``s: a node is a beginning that some have in common. A name reaches each node in one way at
/// most, whatever wildcards there are, so a search takes at most as long as there are nodes, and mostly as the name has
/// segments. Patterns with several `**` are then told apart by which texts they need, and only where all are there by
/// looking at the name's segments, 64 at a time.
struct SegmentIndex: Sendable {
    private static let root: UInt32 = 0
    private static let noSlot: Int32 = -1

    private struct Node {
        var parent: UInt32
        var label: SegmentLabel
        /// How many edges there are for texts, for how many separators one for any segment (a bit for each), and
        /// whether there is one for `**`: what need not be looked up.
        var texts: UInt32 = 0
        var ones: UInt8 = 0
        var hasMany = false
        /// The first of the patterns that end here.
        var first = SegmentIndex.noSlot

        var isUnused: Bool { texts == 0 && ones == 0 && !hasMany && first == SegmentIndex.noSlot }
    }

    /// A pattern, in the list of those of its node.
    private struct Place {
        var node: UInt32
        var next = SegmentIndex.noSlot
        var previous = SegmentIndex.noSlot
        var middle: [SegmentLabel]
        /// The marks of the texts in the middle.
        var marks: UInt64
        /// How many segments the middle needs at least.
        var least: Int
    }

    /// A node that a name has reached.
    private struct Visit {
        let node: UInt32
        /// How many of the name's segments are used up from its beginning, and from its end.
        var front: Int
        var back = 0
        /// Whether `**` was passed, so that the next is used up at the end.
        var isBehindMany = false

        func next(_ node: UInt32) -> Visit {
            Visit(
                node: node, front: front + (isBehindMany ? 0 : 1), back: back + (isBehindMany ? 1 : 0),
                isBehindMany: isBehindMany)
        }
    }

    private var texts = SegmentTexts()
    private var nodes = [Node(parent: SegmentIndex.root, label: .many)]
    private var freeNodes: [UInt32] = []
    /// Nodes by the node above and the label.
    private var edges = NumberTable()
    /// By slot.
    private var places: [Place] = []

    private static func key(_ node: UInt32, _ label: SegmentLabel) -> UInt64 {
        UInt64(node) << 32 | UInt64(label.rawValue)
    }

    // MARK: - Searching

    func forEachMatch(of name: UnsafeBufferPointer<UInt8>, _ body: (Int) -> Void) {
        let name = NameSegments(name, texts)
        var positions: SegmentPositions?
        var visits = [Visit(node: Self.root, front: 0)]
        while let visit = visits.popLast() {
            let node = nodes[Int(visit.node)]
            let left = name.count - visit.front - visit.back
            if node.first != Self.noSlot, visit.isBehindMany || left == 0 {
                report(node.first, visit, name, &positions, body)
            }
            if node.hasMany, let child = edges.value(of: Self.key(visit.node, .many)) {
                visits.append(Visit(node: child, front: visit.front, isBehindMany: true))
            }
            guard left > 0, node.texts > 0 || node.ones != 0 else { continue }
            let index = visit.isBehindMany ? name.count - 1 - visit.back : visit.front
            name.forEachLabel(of: index, isBehindMany: visit.isBehindMany) { label in
                guard label.textNumber == nil ? node.ones >> UInt8(label.rawValue) & 1 == 1 : node.texts > 0,
                    let child = edges.value(of: Self.key(visit.node, label))
                else { return }
                visits.append(visit.next(child))
            }
        }
    }

    /// Those of the patterns that end at a node whose middle is in the rest of the name.
    private func report(
        _ first: Int32, _ visit: Visit, _ name: NameSegments, _ positions: inout SegmentPositions?,
        _ body: (Int) -> Void
    ) {
        let end = name.count - visit.back
        var slot = Int(first)
        while slot >= 0 {
            let next = Int(places[slot].next)
            if places[slot].middle.isEmpty {
                body(slot)
            } else if places[slot].least <= end - visit.front {
                if positions == nil { positions = SegmentPositions(name) }
                let marks = positions?.marks ?? 0
                if places[slot].marks & ~marks == 0,
                    positions?.match(places[slot].middle, from: visit.front, to: end) ?? false
                {
                    body(slot)
                }
            }
            slot = next
        }
    }

    // MARK: - Changing

    mutating func insert(_ pattern: SegmentPattern, text: String, _ slot: Int) {
        let path = text.withBytes { text in
            SegmentPath(pattern.elements) { element in
                switch element.kind {
                case .text: .text(texts.use(text[element.segment.bytes]), element.segment.separator)
                case .one: .one(element.segment.separator)
                case .many: .many
                }
            }
        }
        var node = Self.root
        for label in path.steps { node = child(of: node, label) }
        var place = Place(
            node: node, middle: path.middle, marks: path.middle.reduce(0) { $0 | $1.mark },
            least: path.middle.count { $0 != .many })
        place.next = nodes[Int(node)].first
        if place.next != Self.noSlot { places[Int(place.next)].previous = Int32(slot) }
        nodes[Int(node)].first = Int32(slot)
        if slot == places.count { places.append(place) } else { places[slot] = place }
    }

    /// The node behind an edge, which takes over the use of the label's text.
    private mutating func child(of node: UInt32, _ label: SegmentLabel) -> UInt32 {
        if let child = edges.value(of: Self.key(node, label)) {
            label.textNumber.map { texts.release($0) }
            return child
        }
        let child = freeNodes.popLast() ?? UInt32(nodes.count)
        let new = Node(parent: node, label: label)
        if Int(child) == nodes.count { nodes.append(new) } else { nodes[Int(child)] = new }
        edges.set(child, for: Self.key(node, label))
        changeEdges(of: node, label, isAdded: true)
        return child
    }

    private mutating func changeEdges(of node: UInt32, _ label: SegmentLabel, isAdded: Bool) {
        let index = Int(node)
        if label.textNumber != nil {
            if isAdded { nodes[index].texts += 1 } else { nodes[index].texts -= 1 }
        } else if label == .many {
            nodes[index].hasMany = isAdded
        } else {
            nodes[index].ones ^= 1 << UInt8(label.rawValue)
        }
    }

    mutating func remove(_ slot: Int) {
        let place = places[slot]
        places[slot].middle = []
        for label in place.middle { label.textNumber.map { texts.release($0) } }
        if place.next != Self.noSlot { places[Int(place.next)].previous = place.previous }
        if place.previous != Self.noSlot {
            places[Int(place.previous)].next = place.next
        } else {
            nodes[Int(place.node)].first = place.next
        }
        prune(place.node)
    }

    /// Frees a node that leads nowhere, and those above that then do not either.
    private mutating func prune(_ node: UInt32) {
        var index = node
        while index != Self.root, nodes[Int(index)].isUnused {
            let (parent, label) = (nodes[Int(index)].parent, nodes[Int(index)].label)
            edges.remove(Self.key(parent, label))
            changeEdges(of: parent, label, isAdded: false)
            label.textNumber.map { texts.release($0) }
            freeNodes.append(index)
            index = parent
        }
    }
}
