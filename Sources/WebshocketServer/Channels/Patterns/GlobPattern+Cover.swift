extension GlobPattern {
    /// An element, as the set of scalars that it matches.
    private enum Step {
        case many
        /// Sorted, disjoint ranges.
        case one(of: [ClosedRange<UInt32>])

        var isMany: Bool {
            if case .many = self { true } else { false }
        }
    }

    /// Returns whether this pattern certainly matches every name that `inner` matches.
    func covers(_ inner: GlobPattern) -> Bool {
        coversElements(steps, inner.steps, isMany: { $0.isMany }) { outer, inner in
            guard case .one(let outer) = outer, case .one(let inner) = inner else { return false }
            return inner.allSatisfy { range in
                outer.contains { $0.lowerBound <= range.lowerBound && range.upperBound <= $0.upperBound }
            }
        }
    }

    private var steps: [Step] {
        code.bytes.withUnsafeBufferPointer { code in
            var steps: [Step] = []
            var sets = sets[...]
            var index = 0
            while index < code.count {
                switch code[index] {
                case GlobCode.many: steps.append(.many)
                case GlobCode.any: steps.append(.one(of: [GlobSet.everything]))
                case GlobCode.set: steps.append(.one(of: sets.popFirst()?.ranges ?? []))
                default:
                    let scalar = GlobCode.scalar(in: code, at: &index)
                    steps.append(.one(of: [scalar...scalar]))
                }
                index += 1
            }
            return steps
        }
    }
}
