/// A first-in, first-out queue whose elements can also be removed from the middle. All operations take constant time.
/// An empty queue holds no memory.
@usableFromInline
package struct LinkedQueue<Element> {
    /// The position of an element, valid until the element is removed.
    @usableFromInline package typealias Place = Int

    @usableFromInline
    struct Node {
        /// The element; nil if the node is free.
        @usableFromInline var element: Element?
        /// The next node in the queue; for a free node, the next free node.
        @usableFromInline var next: Place
        @usableFromInline var previous: Place

        @inlinable
        init(element: Element?, next: Place, previous: Place) {
            self.element = element
            self.next = next
            self.previous = previous
        }
    }

    @inlinable static var none: Place { -1 }

    @usableFromInline var nodes: [Node] = []
    @usableFromInline var first = none
    @usableFromInline var last = none
    @usableFromInline var free = none
    @usableFromInline package internal(set) var count = 0

    @inlinable package init() {}

    @inlinable package var isEmpty: Bool { count == 0 }

    @discardableResult @inlinable
    package mutating func append(_ element: Element) -> Place {
        let node = Node(element: element, next: Self.none, previous: last)
        let place: Place
        if free == Self.none {
            place = nodes.count
            nodes.append(node)
        } else {
            place = free
            free = nodes[place].next
            nodes[place] = node
        }
        if last == Self.none { first = place } else { nodes[last].next = place }
        last = place
        count += 1
        return place
    }

    /// The position of the oldest element.
    @inlinable package var firstPlace: Place? { first == Self.none ? nil : first }

    /// The element at a position; nil if it was removed.
    @inlinable package subscript(place: Place) -> Element? {
        get { nodes[place].element }
        _modify { yield &nodes[place].element }
    }

    @inlinable package mutating func popFirst() -> Element? {
        first == Self.none ? nil : remove(at: first)
    }

    /// - Returns: The element; nil if it was removed already.
    @inlinable package mutating func remove(at place: Place) -> Element? {
        guard let element = nodes[place].element.take() else { return nil }
        let (next, previous) = (nodes[place].next, nodes[place].previous)
        if previous == Self.none { first = next } else { nodes[previous].next = next }
        if next == Self.none { last = previous } else { nodes[next].previous = previous }
        count -= 1
        if count == 0 {
            self = LinkedQueue()
        } else {
            nodes[place].next = free
            free = place
        }
        return element
    }
}
