extension Unicode.Scalar {
    /// Whether the scalar may change how the text around it is shown: a control character, a line or paragraph separator,
    /// or an invisible format such as a bidirectional override.
    package var isControlOrFormat: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}

extension String {
    /// This JSON text without white space, with control and format characters as `\uXXXX`; it stands for the same value.
    package var escapingControlCharactersInJSON: String {
        guard unicodeScalars.contains(where: \.isControlOrFormat) else { return self }
        return unicodeScalars.reduce(into: "") { text, scalar in
            guard scalar.isControlOrFormat else { return text.unicodeScalars.append(scalar) }
            for unit in scalar.utf16 {
                text += "\\u" + String(0x1_0000 + UInt32(unit), radix: 16).dropFirst()
            }
        }
    }
}
