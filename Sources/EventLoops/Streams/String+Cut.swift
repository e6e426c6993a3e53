extension String {
    /// Returns the text, truncated to `limit` bytes of UTF-8. Truncated text ends with the mark `… (cut)`.
    ///
    /// It is truncated between two Unicode scalars.
    /// - Complexity: O(`limit`).
    package func cut(toUTF8 limit: Int) -> String {
        let mark = "… (cut)"
        guard let end = utf8.index(startIndex, offsetBy: limit, limitedBy: endIndex), end < endIndex else {
            return self
        }
        var cut = utf8.index(startIndex, offsetBy: max(limit - mark.utf8.count, 0))
        while cut > startIndex, utf8[cut] & 0xC0 == 0x80 { cut = utf8.index(before: cut) }
        return String(self[..<cut]) + mark
    }
}
