/// Finds the patterns of ``PatternSyntax/segments`` that match a name.
///
/// It is a tree of ``SegmentPath``s, and each node stands for a common beginning of some paths. A name reaches each
/// node at most once, regardless of wildcards. So a search visits at most all nodes, and typically as many as the name
/// has segments. Patterns with several `**` are first filtered by the texts that they need. Only if the name has all of
/// them, its segments are compared, 64 at a time.
struct SegmentIndex: Sendable {
    private static let root: UInt32 = 0
    private static let noSlot: Int32 = -1

    private struct Node {
        var parent: UInt32
        var label: SegmentLabel
        /// The edges of the node, kept here to avoid lookups: the number of edges for texts, a bit for each separator
        /// with an edge for `*`, and whether there is an edge for `**`.
        var texts: UInt32 = 0
        var ones: UInt8 = 0
        var hasMany = false
        /// The first of the patterns that end at this node.
        var first = SegmentIndex.noSlot

        var isUnused: Bool { texts == 0 && ones == 0 && !hasMany && first == SegmentIndex.noSlot }
    }

    /// A pattern, in the linked list of its node's patterns.
    private struct Place {
        var node: UInt32
        var next = SegmentIndex.noSlot
        var previous = SegmentIndex.noSlot
        var middle: [SegmentLabel]
        /// The marks of the texts in the middle.
        var marks: UInt64
        /// The minimum number of segments that the middle matches.
        var least: Int
    }

    /// A node that a name has reached.
    private struct Visit {
        let node: UInt32
        /// The number of the name's segments that are matched, from its beginning and from its end.
        var front: Int
        var back = 0
        /// Whether `**` was passed, so that the next segment is matched at the end of the name.
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
    /// The child nodes, by parent node and label.
    private var edges = NumberTable()
    /// Indexed by slot.
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

    /// Reports the patterns that end at a node and whose middle matches the rest of the name.
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

    /// Returns the node at the end of an edge, which is made if necessary. It takes over the caller's use of the
    /// label's text.
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

    /// Removes a node if it is unused, and then each parent that becomes unused.
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
