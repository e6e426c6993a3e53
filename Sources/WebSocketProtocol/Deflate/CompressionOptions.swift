/// How this side wants messages compressed, where the peer agrees (permessage-deflate, RFC 7692).
///
/// Compression costs memory per connection, once a compressed message went by: up to 256 KiB for each direction that
/// sends and 40 KiB for each that receives, less with smaller windows. Both sides can only narrow what the other asks
/// for.
public struct CompressionOptions: Sendable, Hashable {
    /// The window of what the server sends, as a power of two of bytes: 9 to 15.
    public var serverWindowBits: Int
    /// The window of what the client sends, as a power of two of bytes: 9 to 15.
    public var clientWindowBits: Int
    /// Whether the server's messages may refer to its earlier ones: better compression of small messages.
    public var serverContextTakeover: Bool
    /// Whether the client's messages may refer to its earlier ones.
    public var clientContextTakeover: Bool
    /// zlib's effort, 1 (fast) to 9 (small).
    public var level: Int
    /// Messages of fewer bytes go uncompressed, 1 or more.
    public var minimumSize: Int

    /// Makes a set of options; what is outside of its range counts as the nearest value inside.
    ///
    /// - Parameters:
    ///   - serverWindowBits: The window of what the server sends, 9 to 15.
    ///   - clientWindowBits: The window of what the client sends, 9 to 15.
    ///   - serverContextTakeover: Whether the server's messages may refer to its earlier ones.
    ///   - clientContextTakeover: Whether the client's messages may refer to its earlier ones.
    ///   - level: zlib's effort, 1 to 9. The default is 1, since a server's loop compresses between the messages of its
    ///     other connections: on 64 KiB of JSON, 6 takes nearly six times as long to save a fifth of the bytes.
    ///   - minimumSize: Messages of fewer bytes go uncompressed; below about 64 there is nothing to win.
    public init(
        serverWindowBits: Int = 15, clientWindowBits: Int = 15, serverContextTakeover: Bool = true,
        clientContextTakeover: Bool = true, level: Int = 1, minimumSize: Int = 64
    ) {
        self.serverWindowBits = serverWindowBits
        self.clientWindowBits = clientWindowBits
        self.serverContextTakeover = serverContextTakeover
        self.clientContextTakeover = clientContextTakeover
        self.level = level
        self.minimumSize = minimumSize
    }

    var clamped: CompressionOptions {
        CompressionOptions(
            serverWindowBits: min(max(serverWindowBits, 9), 15), clientWindowBits: min(max(clientWindowBits, 9), 15),
            serverContextTakeover: serverContextTakeover, clientContextTakeover: clientContextTakeover,
            level: min(max(level, 1), 9), minimumSize: max(minimumSize, 1))
    }
}
