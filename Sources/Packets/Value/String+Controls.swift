extension Unicode.Scalar {
    /// Whether the scalar can change how the surrounding text is displayed: a control character, a line or paragraph
    /// separator, or an invisible format character such as a bidirectional override.
    package var isControlOrFormat: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }

    /// The scalar as an escape with its number, `\u{…}`.
    package var escaped: String { "\\u{\(String(value, radix: 16))}" }

    /// The scalar as a JSON escape, `\uXXXX`. A scalar above U+FFFF has two of them.
    fileprivate var escapedInJSON: String {
        utf16.reduce(into: "") { $0 += "\\u" + String(0x1_0000 + UInt32($1), radix: 16).dropFirst() }
    }
}

extension String {
    /// This JSON text with control and format characters escaped as `\uXXXX`. It represents the same value. The text
    /// must not have white space between its tokens.
    package var escapingControlCharactersInJSON: String { escapingControls(as: \.escapedInJSON) }

    /// Returns this text with each control and format character replaced by the result of `escape`.
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
