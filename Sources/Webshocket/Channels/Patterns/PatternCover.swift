/// Whether each way through `inner` is one through `outer`: an element for any number is taken only by one of its
/// kind, and each other one by an element that takes at least as much.
func coversElements<Element>(
    _ outer: [Element], _ inner: [Element], isMany: (Element) -> Bool, takes: (Element, Element) -> Bool
) -> Bool {
    /// Elements of `outer` that a way can stand in front of; the last place is behind all.
    var reached = Array(repeating: false, count: outer.count + 1)
    func passMany() {
        for index in outer.indices where reached[index] && isMany(outer[index]) { reached[index + 1] = true }
    }
    reached[0] = true
    passMany()
    for element in inner {
        let isRun = isMany(element)
        // From the back, so that each place is read before it is written.
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
