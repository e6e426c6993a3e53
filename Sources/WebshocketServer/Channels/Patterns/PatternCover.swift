/// Returns whether `outer` certainly matches everything that `inner` matches. An element for any number of segments or
/// scalars must be covered by one of the same kind. Each other element must be covered by one that matches at least as
/// much.
func coversElements<Element>(
    _ outer: [Element], _ inner: [Element], isMany: (Element) -> Bool, takes: (Element, Element) -> Bool
) -> Bool {
    /// The positions in `outer` that are reachable, each before an element; the last is after all elements.
    var reached = Array(repeating: false, count: outer.count + 1)
    func passMany() {
        for index in outer.indices where reached[index] && isMany(outer[index]) { reached[index + 1] = true }
    }
    reached[0] = true
    passMany()
    for element in inner {
        let isRun = isMany(element)
        // In reverse, so that each position is read before it is written.
        reached[outer.count] = false
        for index in outer.indices.reversed() where reached[index] {
            if isMany(outer[index]) { continue }
            reached[index] = false
            if !isRun && takes(outer[index], element) { reached[index + 1] = true }
        }
        passMany()
    }
    return reached[outer.count]
}
