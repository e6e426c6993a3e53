/// The client that a proxy announces with the PROXY protocol, before the bytes of the connection itself.
package enum ProxyHeader: Sendable, Equatable {
    case client(IPAddress)
    /// A client of a Unix-domain socket on the proxy's machine.
    case unixClient
    /// No client address: the connection is the proxy's own, such as a health check, or the proxy does not know the
    /// address.
    case nobody
}

/// An incremental reader for the header of the PROXY protocol, version 1 or 2 (HAProxy's specification, 2020/03/05).
///
/// A header is required. Reading fails at the first byte that cannot belong to a header. It also fails if the
/// specification does not allow the header, or if the header has more than ``longest`` bytes. Additional fields after
/// the addresses in version 2 are skipped.
package struct ProxyHeaderReader {
    package enum Action: Sendable, Equatable {
        case needMore
        /// `consumed` bytes of this call belonged to the header.
        case header(ProxyHeader, consumed: Int)
        case failed
    }

    /// The maximum length of a version 2 header in bytes. A version 1 header has at most 107 bytes.
    package static let longest = 4_096

    private enum State {
        /// Exits: a complete signature → line or binary; another byte → ended.
        case signature
        /// Exits: the line feed, or too many bytes → ended.
        case line
        /// Exits: the last byte → ended; a number out of range → ended.
        case binary
        case ended
    }

    private static let lineSignature = Array("PROXY ".utf8)
    private static let longestLine = 107
    private static let binarySignature: [UInt8] = [
        0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A,
    ]
    /// The length of the signature, version and command, family, and length field.
    private static let fixedPart = 16

    private var state = State.signature
    private var held: [UInt8] = []

    package init() {}

    package mutating func received(_ bytes: UnsafeRawBufferPointer) -> Action {
        var position = 0
        while position < bytes.count {
            if case .ended = state { return .failed }
            held.append(bytes[position])
            position += 1
            let result: ProxyHeader??
            switch state {
            case .signature: result = readSignature()
            case .line: result = readLine()
            case .binary: result = readBinary()
            case .ended: result = .some(nil)
            }
            guard let result else { continue }
            state = .ended
            held = []
            guard let header = result else { return .failed }
            return .header(header, consumed: position)
        }
        if case .ended = state { return .failed }
        return .needMore
    }

    // Each of these returns nil if it needs more bytes, and `.some(nil)` if there is no valid header.

    private mutating func readSignature() -> ProxyHeader?? {
        let isLine = held[0] == Self.lineSignature[0]
        let signature = isLine ? Self.lineSignature : Self.binarySignature
        guard held.last == signature[held.count - 1] else { return .some(nil) }
        if held.count == signature.count { state = isLine ? .line : .binary }
        return nil
    }

    private func readLine() -> ProxyHeader?? {
        guard held.last == 0x0A else { return held.count < Self.longestLine ? nil : .some(nil) }
        guard held[held.count - 2] == 0x0D else { return .some(nil) }
        return .some(Self.header(ofLine: held[Self.lineSignature.count..<(held.count - 2)]))
    }

    private func readBinary() -> ProxyHeader?? {
        guard held.count >= Self.fixedPart else { return nil }
        let length = Self.fixedPart + Int(held[14]) << 8 + Int(held[15])
        guard length <= Self.longest else { return .some(nil) }
        guard held.count == length else { return nil }
        return .some(Self.header(ofBinary: held[...]))
    }
}

// MARK: - Parsing

extension ProxyHeaderReader {
    /// Parses `TCP4 192.0.2.1 192.0.2.2 56324 443`, the TCP6 form, or `UNKNOWN` followed by any text.
    private static func header(ofLine line: ArraySlice<UInt8>) -> ProxyHeader? {
        let words = line.split(separator: 0x20, omittingEmptySubsequences: false)
        guard let family = words.first else { return nil }
        if family.elementsEqual("UNKNOWN".utf8) { return .nobody }
        let isIPv4 = family.elementsEqual("TCP4".utf8)
        guard isIPv4 || family.elementsEqual("TCP6".utf8), words.count == 5 else { return nil }
        for port in words[3...4] {
            guard let number = port.smallDecimal, number <= 65_535 else { return nil }
        }
        let colon = UInt8(ascii: ":")
        for word in words[1...2] where word.contains(colon) == isIPv4 { return nil }
        guard let source = IPAddress(HeadReader.text(words[1])), IPAddress(HeadReader.text(words[2])) != nil else {
            return nil
        }
        return .client(source)
    }

    private static func header(ofBinary bytes: ArraySlice<UInt8>) -> ProxyHeader? {
        let (command, family) = (bytes[12], bytes[13])
        let addresses = bytes[fixedPart...]
        switch command {
        case 0x20: return .nobody
        case 0x21: break
        default: return nil
        }
        // The upper half is the family. The lower half is the transport, which has three values.
        guard family & 0x0F <= 2 else { return nil }
        switch family >> 4 {
        case 0: return .nobody
        case 1: return addresses.count >= 12 ? IPAddress(bytes: addresses.prefix(4)).map { .client($0) } : nil
        case 2: return addresses.count >= 36 ? IPAddress(bytes: addresses.prefix(16)).map { .client($0) } : nil
        case 3: return addresses.count >= 216 ? .unixClient : nil
        default: return nil
        }
    }
}
