import CText

/// A simple reference implementation that measures the longest runs of a text.
struct PlainRuns {
    private(set) var nonStarters = 0
    private(set) var regionalIndicators = 0

    /// Measures a text with the property table of CText. CTextTests compare the table with the properties of Swift.
    init(of scalars: some Sequence<Unicode.Scalar>) {
        var (marks, flags) = (0, 0)
        for scalar in scalars {
            let properties = text_scalar_properties(scalar.value)
            nonStarters = max(nonStarters, marks + Int(properties.leading))
            let isWhole = properties.leading > 0
            marks = isWhole ? marks + Int(properties.leading) : Int(properties.trailing)
            flags = properties.is_regional_indicator ? flags + 1 : 0
            regionalIndicators = max(regionalIndicators, flags)
        }
    }

    var areShort: Bool {
        nonStarters <= TEXT_MAX_NON_STARTERS
            && regionalIndicators <= TEXT_MAX_REGIONAL_INDICATORS
    }

    /// Checks, with the properties of Swift, that a text that a parser admits has short runs.
    static func checkAdmitted(_ text: String) {
        var (marks, flags) = (0, 0)
        for scalar in text.unicodeScalars {
            marks = scalar.properties.canonicalCombiningClass == .notReordered ? 0 : marks + 1
            flags = (0x1F1E6...0x1F1FF).contains(scalar.value) ? flags + 1 : 0
            check(marks <= 30 && flags <= 256, "admitted text has short runs")
        }
    }
}

/// Returns a scalar for a seed.
func scalar(_ value: UInt32) -> Unicode.Scalar {
    guard let scalar = Unicode.Scalar(value) else { fail("U+\(String(value, radix: 16)) is a valid scalar") }
    return scalar
}
