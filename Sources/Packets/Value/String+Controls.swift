extension Unicode.Scalar {
    /// Whether the scalar may change how the text around it is shown: a control character, a line or paragraph separator,
    /// or an invisible format such as a bidirectional override.
    package var isControlOrFormat: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }

    /// The scalar by its number, as `\u{…}`.
    package var escaped: String { "\\u{\(String(value, radix: 16))}" }

    /// The scalar as JSON escapes it, `\uXXXX`; with two of these above U+FFFF.
    fileprivate var escapedInJSON: String {
        utf16.reduce(into: "") { $0 += "\\u" + String(0x1_0000 + UInt32($1), radix: 16).dropFirst() }
    }
}

extension String {
    /// This JSON text without white space, with control and format characters as `\uXXXX`; it stands for the same value.
    package var escapingControlCharactersInJSON: String { escapingControls(as: \.escapedInJSON) }

    /// This text, with control and format characters replaced.
    package func escapingControls(as escape: (Unicode.Scalar) -> String) -> String {
        guard unicodeScalars.contains(where: \.isControlOrFormat) else { return self }
        return unicodeScalars.reduce(into: "") { text, scalar in
            if scalar.isControlOrFormat {
                text += escape(scalar)
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
    }
}
