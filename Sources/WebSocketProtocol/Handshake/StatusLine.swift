/// The first line of an answer (RFC 9112, section 4).
enum StatusLine {
    /// The status of an answer in HTTP/1.1 or 1.0; 101 in the latter is none.
    static func status(of line: [UInt8]) -> Int? {
        guard line.starts(with: "HTTP/1.".utf8), line.count >= 12, line[8] == 0x20,
            line.count == 12 || line[12] == 0x20
        else { return nil }
        let digits = line[9..<12]
        guard digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        let status = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        guard status >= 100, line[7] == UInt8(ascii: "1") || line[7] == UInt8(ascii: "0") && status != 101 else {
            return nil
        }
        return status
    }
}
