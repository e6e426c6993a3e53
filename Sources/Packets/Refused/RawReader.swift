/// A reader of a message that the parser has rejected. It reads one value at a time.
///
/// A reader skips containers without recursion. It allocates no memory for the elements that they claim to have. It
/// visits each byte once.
protocol RawReader {
    /// Enters the next value if it is a map, so that its keys and values can be read alternately. Skips any other
    /// value.
    /// - Returns: Whether the value is a map.
    mutating func beginMap() throws(NotWellFormed) -> Bool

    /// Reads the next key of the innermost map that was entered.
    /// - Returns: The key, or nil at the end of the map.
    mutating func nextKey() throws(NotWellFormed) -> RawText?

    /// Reads the next value. An array or a map is skipped.
    mutating func value() throws(NotWellFormed) -> RawValue

    /// Checks that the message has ended.
    /// - Throws: If bytes follow the value that was read.
    mutating func finish() throws(NotWellFormed)
}

/// The error for a message that violates the codec's grammar or ends too early.
struct NotWellFormed: Error {}

/// A value of a rejected message.
enum RawValue {
    case null
    case flag(Bool)
    case integer(Int)
    case text(RawText)
    /// A number with a fraction, bytes, an extension, an array or a map.
    case other
}
