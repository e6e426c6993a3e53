/// Takes an input apart: the bytes in front decide how what is behind them is used.
struct Choices {
    private(set) var rest: UnsafeRawBufferPointer

    init(_ input: UnsafeRawBufferPointer) {
        rest = input
    }

    /// The next byte; 0 where there is none.
    mutating func next() -> UInt8 {
        guard let first = rest.first else { return 0 }
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst())
        return first
    }

    /// Two lengths, 1 to 256 bytes each, for ``eachPiece(of:lengths:_:)``.
    mutating func lengths() -> [Int] {
        [Int(next()) + 1, Int(next()) + 1]
    }
}

/// Calls `body` with one piece of the bytes after the other until it returns false. The lengths take turns; without
/// any, all bytes are one piece.
///
/// Each piece lies in memory of exactly its size, which is gone when `body` returns: AddressSanitizer sees whoever
/// reads past its end or keeps a pointer into it.
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

/// A seed: the choices in front of the bytes that they are about.
func seed(_ choices: UInt8..., then bytes: some Sequence<UInt8>) -> [UInt8] {
    choices + Array(bytes)
}

/// Bytes of a hexadecimal text; spaces are for the reader.
func hex(_ text: String) -> [UInt8] {
    let digits = text.compactMap { $0.hexDigitValue.map(UInt8.init) }
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}
