/// A check for Unicode Normalization Form C (UAX #15).
///
/// Exactly one of several canonically equivalent texts is in this form. For texts in this form, Swift's `==` therefore
/// gives the same result as a comparison of their bytes.
package enum NormalFormC {
    private struct Pair: Hashable {
        let first: Unicode.Scalar
        let second: Unicode.Scalar
    }

    private struct Tables {
        var compositions: [Pair: Unicode.Scalar] = [:]
        var decompositions: [Unicode.Scalar: Pair] = [:]

        init() {
            for entry in CompositionTable.compositions.utf8.split(separator: UInt8(ascii: ",")) {
                let scalars = entry.split(separator: UInt8(ascii: " ")).compactMap { digits in
                    UInt32(Substring(digits), radix: 16).flatMap(Unicode.Scalar.init)
                }
                guard scalars.count == 3 else { continue }
                let pair = Pair(first: scalars[1], second: scalars[2])
                compositions[pair] = scalars[0]
                decompositions[scalars[0]] = pair
            }
        }
    }

    /// Created when the first text with a scalar above U+02FF is checked.
    private static let tables = Tables()

    /// Returns whether a text is in the form.
    ///
    /// - Complexity: O(*n*) for texts without scalars above U+02FF, otherwise O(*n* log *n*).
    package static func contains(_ text: String) -> Bool {
        // Scalars up to U+02FF neither combine with a predecessor, nor are reordered, nor are excluded from
        // composition.
        guard text.utf8.contains(where: { $0 >= 0xCC }) else { return true }
        let scalars = Array(text.unicodeScalars)
        guard !scalars.contains(where: \.properties.isFullCompositionExclusion) else { return false }
        return composed(scalars) == scalars
    }

    /// Composes scalars. None of them may be excluded from composition.
    package static func composed(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var decomposed: [Unicode.Scalar] = []
        for scalar in scalars { append(decompositionOf: scalar, to: &decomposed) }
        return recomposed(ordered(decomposed))
    }

    private static func append(decompositionOf scalar: Unicode.Scalar, to scalars: inout [Unicode.Scalar]) {
        if let pair = Hangul.decomposition(of: scalar) ?? tables.decompositions[scalar].map({ ($0.first, $0.second) }) {
            append(decompositionOf: pair.0, to: &scalars)
            scalars.append(pair.1)
        } else {
            scalars.append(scalar)
        }
    }

    /// Sorts each run of combining marks into canonical order.
    private static func ordered(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        var run: [(order: UInt8, index: Int)] = []
        func endRun() {
            run.sort { ($0.order, $0.index) < ($1.order, $1.index) }
            for mark in run { result.append(scalars[mark.index]) }
            run.removeAll(keepingCapacity: true)
        }
        for (index, scalar) in scalars.enumerated() {
            let order = scalar.combiningClass
            if order == 0 {
                endRun()
                result.append(scalar)
            } else {
                run.append((order, index))
            }
        }
        endRun()
        return result
    }

    private static func recomposed(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        var starter: Int?
        for scalar in scalars {
            let order = scalar.combiningClass
            if let starter, starter == result.count - 1 || result[result.count - 1].combiningClass < order,
                let composition = composition(result[starter], scalar)
            {
                result[starter] = composition
                continue
            }
            if order == 0 { starter = result.count }
            result.append(scalar)
        }
        return result
    }

    private static func composition(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Unicode.Scalar? {
        Hangul.composition(first, second) ?? tables.compositions[Pair(first: first, second: second)]
    }
}

extension Unicode.Scalar {
    fileprivate var combiningClass: UInt8 { properties.canonicalCombiningClass.rawValue }
}

/// Hangul syllables, which are composed by arithmetic (The Unicode Standard, 3.12).
private enum Hangul {
    private static let syllables: UInt32 = 0xAC00
    private static let leads: UInt32 = 0x1100
    private static let vowels: UInt32 = 0x1161
    /// One less than the first trailing consonant, so that index 0 means none.
    private static let trails: UInt32 = 0x11A7
    private static let leadCount: UInt32 = 19
    private static let vowelCount: UInt32 = 21
    private static let trailCount: UInt32 = 28
    private static let syllableCount = leadCount * vowelCount * trailCount

    static func decomposition(of scalar: Unicode.Scalar) -> (Unicode.Scalar, Unicode.Scalar)? {
        guard (syllables..<syllables + syllableCount).contains(scalar.value) else { return nil }
        let index = scalar.value - syllables
        let trail = index % trailCount
        let (first, second) =
            trail > 0
            ? (scalar.value - trail, trails + trail)
            : (leads + index / (vowelCount * trailCount), vowels + index / trailCount % vowelCount)
        guard let first = Unicode.Scalar(first), let second = Unicode.Scalar(second) else { return nil }
        return (first, second)
    }

    static func composition(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Unicode.Scalar? {
        let (first, second) = (first.value, second.value)
        if (leads..<leads + leadCount).contains(first), (vowels..<vowels + vowelCount).contains(second) {
            return Unicode.Scalar(syllables + ((first - leads) * vowelCount + second - vowels) * trailCount)
        }
        let isOpen =
            (syllables..<syllables + syllableCount).contains(first) && (first - syllables) % trailCount == 0
        guard isOpen, (trails + 1..<trails + trailCount).contains(second) else { return nil }
        return Unicode.Scalar(first + second - trails)
    }
}
