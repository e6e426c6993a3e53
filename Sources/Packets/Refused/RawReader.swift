/// Reads a message that the parser has refused, value by value.
///
/// A reader skips containers without recursion and allocates nothing for the elements that they claim to have. It looks
/// at each byte once.
protocol RawReader {
    /// Enters the next value if it is a map, so that its keys and values can be read by turns; else skips the value.
    /// - Returns: whether it is a map.
    mutating func beginMap() throws(NotWellFormed) -> Bool

    /// Reads the next key of the innermost map that was entered; nil at the end of that map.
    mutating func nextKey() throws(NotWellFormed) -> RawText?

    /// Reads the next value. An array or a map is skipped.
    mutating func value() throws(NotWellFormed) -> RawValue

    /// Ends the message.
    /// - Throws: if bytes follow the value that was read.
    mutating func finish() throws(NotWellFormed)
}

/// The message does not follow the codec's grammar, or ends too early.
struct NotWellFormed: Error {}

/// A value as it stands in a message.
enum RawValue {
    case null
    case flag(Bool)
    case integer(Int)
    case text(RawText)
    /// A number with a fraction, bytes, an extension, an array or a map.
    case other
}
