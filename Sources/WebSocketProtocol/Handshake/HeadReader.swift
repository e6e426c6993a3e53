/// An incremental reader for the head of an HTTP message (RFC 9112, sections 2 to 5). It reads each byte once, and
/// stores only the current line.
///
/// It is stricter than the RFC permits: only CR LF ends a line, folded lines are rejected, and nothing is repaired.
struct HeadReader {
    enum Step {
        case needMore
        case startLine([UInt8])
        /// The blank line was read. The next byte belongs to the content after the head.
        case end
        case flawed(HeadFlaw)
    }

    private let limits: HandshakeLimits
    private var line: [UInt8] = []
    private var sawReturn = false
    private var hasStartLine = false
    /// The number of bytes after the start line.
    private var blockSize = 0
    private(set) var headers = HTTPHeaders()

    init(limits: HandshakeLimits) {
        self.limits = limits
    }

    /// Continues to read at `position`, and moves it after the last consumed byte.
    mutating func read(_ bytes: UnsafeRawBufferPointer, from position: inout Int) -> Step {
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if let flaw = admit(byte) { return .flawed(flaw) }
            guard sawReturn, byte == 0x0A else {
                if byte == 0x0D { sawReturn = true } else { line.append(byte) }
                continue
            }
            sawReturn = false
            defer { line.removeAll(keepingCapacity: true) }
            if !hasStartLine {
                hasStartLine = true
                return .startLine(line)
            }
            guard !line.isEmpty else { return .end }
            if let flaw = addHeader() { return .flawed(flaw) }
        }
        return .needMore
    }

    /// Validates a byte before it is stored.
    private mutating func admit(_ byte: UInt8) -> HeadFlaw? {
        if hasStartLine {
            blockSize += 1
            guard blockSize <= limits.headerBlock else { return .headersTooLarge }
        }
        if sawReturn { return byte == 0x0A ? nil : .bareReturn }
        switch byte {
        case 0x0D: return nil
        case 0x0A: return .bareLineFeed
        default: break
        }
        guard hasStartLine || line.count < limits.requestLine else { return .startLineTooLong }
        return byte.isForbiddenInValue ? .controlCharacter : nil
    }

    private mutating func addHeader() -> HeadFlaw? {
        guard headers.count < limits.headerCount else { return .tooManyHeaders }
        guard line.first?.isBlank == false else { return .foldedLine }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0,
            line[..<colon].allSatisfy(\.isTokenCharacter)
        else { return .badHeaderName }
        let value = line[(colon + 1)...].trimmingBlanks
        guard PeerText.hasShortRuns(value) else { return .runTooLong }
        headers.add(validatedName: Self.text(line[..<colon]), value: Self.text(value))
        return nil
    }

    /// Decodes UTF-8. Bytes that are not UTF-8, or have a run that is too long, are decoded as ISO 8859-1, the original
    /// encoding of HTTP.
    static func text(_ bytes: ArraySlice<UInt8>) -> String {
        if PeerText.hasShortRuns(bytes), let text = String(validating: bytes, as: UTF8.self) { return text }
        var scalars = String.UnicodeScalarView()
        for byte in bytes { scalars.append(Unicode.Scalar(byte)) }
        return String(scalars)
    }
}

/// A syntax error in the head of an HTTP message.
package enum HeadFlaw {
    case startLineTooLong, headersTooLarge, tooManyHeaders
    case bareReturn, bareLineFeed, controlCharacter, foldedLine, badHeaderName
    /// A value has a run of combining marks or regional indicators that is too long; see ``PeerText``.
    case runTooLong

    /// The explanation for the developer of the peer.
    var explanation: String {
        switch self {
        case .startLineTooLong: "The first line is too long."
        case .headersTooLarge: "The headers are too large."
        case .tooManyHeaders: "There are too many headers."
        case .bareReturn: "A carriage return is not followed by a line feed."
        case .bareLineFeed: "A line feed is not preceded by a carriage return."
        case .controlCharacter: "The head contains a control character."
        case .foldedLine: "A header line begins with white space."
        case .badHeaderName: "A header's name is not a token followed by a colon."
        case .runTooLong: "A header has more than 30 combining marks, or 256 regional indicators, in a row."
        }
    }
}
