import CText
import Foundation
import Testing

@Suite("The classes of scalars")
struct ScalarClassTests {
    private static let planes: [ClosedRange<UInt32>] = (0...16).map { $0 << 16...($0 << 16 | 0xFFFF) }

    private static func scalars(_ plane: ClosedRange<UInt32>) -> some Sequence<Unicode.Scalar> {
        plane.lazy.compactMap(Unicode.Scalar.init)
    }

    @Test("include every non-starter that Swift knows", arguments: planes)
    func nonStarters(plane: ClosedRange<UInt32>) {
        let missing = Self.scalars(plane).filter { scalar in
            scalar.properties.canonicalCombiningClass != .notReordered
                && text_scalar_properties(scalar.value).leading == 0
        }
        #expect(missing == [])
    }

    /// Starters that decompose to non-starters: three Tibetan vowels, and the half-width Japanese sound marks.
    private static let decomposing: Set<Unicode.Scalar> = ["\u{F73}", "\u{F75}", "\u{F81}", "\u{FF9E}", "\u{FF9F}"]

    @Test("treat no assigned starter as a non-starter, unless it decomposes to non-starters", arguments: planes)
    func starters(plane: ClosedRange<UInt32>) {
        let wrong = Self.scalars(plane).filter { scalar in
            let properties = scalar.properties
            return properties.canonicalCombiningClass == .notReordered && properties.generalCategory != .unassigned
                && text_scalar_properties(scalar.value).leading > 0
        }
        #expect(Self.decomposing.isSuperset(of: wrong))
    }

    @Test("count the trailing non-starters of each decomposition", arguments: [0x00A0...0x33FF, 0xF900...0x1FBFF])
    func trailing(range: ClosedRange<UInt32>) {
        let wrong = Self.scalars(range).filter { scalar in
            guard scalar.properties.generalCategory != .unassigned else { return false }
            let parts = String(scalar).decomposedStringWithCompatibilityMapping.unicodeScalars
            let marks = parts.reversed().prefix { $0.properties.canonicalCombiningClass != .notReordered }.count
            return text_scalar_properties(scalar.value).trailing != marks
        }
        #expect(wrong == [])
    }

    @Test("include exactly the 26 regional indicators")
    func regionalIndicators() {
        let found = Self.planes.flatMap { plane in
            Self.scalars(plane).filter { text_scalar_properties($0.value).is_regional_indicator }.map(\.value)
        }
        #expect(found == Array(0x1F1E6...0x1F1FF))
    }

    @Test("treat an unassigned scalar as a non-starter only in a block of combining marks")
    func unassigned() {
        for value: UInt32 in [0x1AFF, 0x20FF] { #expect(text_scalar_properties(value).leading == 1) }
        for value: UInt32 in [0x0378, 0x1_F0FF, 0xFFFE, 0xFFFF, 0xFDD0, 0xE000, 0x10_FFFF] {
            #expect(text_scalar_properties(value).leading == 0)
        }
    }
}
