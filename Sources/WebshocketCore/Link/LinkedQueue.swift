/// A first-in, first-out queue whose elements can also be removed from the middle. All operations take constant time.
/// An empty queue holds no memory.
package struct LinkedQueue<Element> {
    /// The position of an element, valid until the element is removed.
    package typealias Place = Int

    private struct Node {
        /// The element; nil if the node is free.
        var element: Element?
        /// The next node in the queue; for a free node, the next free node.
        var next: Place
        var previous: Place
    }

    private static var none: Place { -1 }

    private var nodes: [Node] = []
    private var first = none
    private var last = none
    private var free = none
    package private(set) var count = 0

    package init() {}

    package var isEmpty: Bool { count == 0 }

    @discardableResult
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
    package var firstPlace: Place? { first == Self.none ? nil : first }

    /// The element at a position; nil if it was removed.
    package subscript(place: Place) -> Element? {
        get { nodes[place].element }
        _modify { yield &nodes[place].element }
    }

    package mutating func popFirst() -> Element? {
        first == Self.none ? nil : remove(at: first)
    }

    /// - Returns: The element; nil if it was removed already.
    package mutating func remove(at place: Place) -> Element? {
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
