/// Splits an input: the first bytes select options for the use of the remaining bytes.
struct Choices {
    private(set) var rest: UnsafeRawBufferPointer

    init(_ input: UnsafeRawBufferPointer) {
        rest = input
    }

    /// Removes and returns the next byte; 0 if there is none.
    mutating func next() -> UInt8 {
        guard let first = rest.first else { return 0 }
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst())
        return first
    }

    /// Removes two bytes, and returns two lengths of 1 to 256 for ``eachPiece(of:lengths:_:)``.
    mutating func lengths() -> [Int] {
        [Int(next()) + 1, Int(next()) + 1]
    }
}

/// Calls `body` with consecutive pieces of the bytes until it returns false.
///
/// Each piece has its own allocation of exactly its size, which is freed when `body` returns. AddressSanitizer
/// therefore detects reads past its end and pointers that are kept.
///
/// - Parameter lengths: The lengths of the pieces, used in rotation. If it is empty, all bytes are one piece.
func eachPiece(
    of bytes: UnsafeRawBufferPointer, lengths: [Int] = [], _ body: (UnsafeMutableRawBufferPointer) -> Bool
) {
    var position = 0
    var turn = 0
    repeat {
        let length = lengths.isEmpty ? bytes.count : min(lengths[turn % lengths.count], bytes.count - position)
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: length, alignment: 1)
        defer { piece.deallocate() }
        piece.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[position..<(position + length)]))
        guard body(piece) else { return }
        position += length
        turn += 1
    } while position < bytes.count
}

/// Returns a seed: the choices, followed by the bytes to parse.
func seed(_ choices: UInt8..., then bytes: some Sequence<UInt8>) -> [UInt8] {
    choices + Array(bytes)
}

/// Returns the bytes of a hexadecimal text. Spaces are ignored.
func hex(_ text: String) -> [UInt8] {
    let digits = text.compactMap { $0.hexDigitValue.map(UInt8.init) }
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}
