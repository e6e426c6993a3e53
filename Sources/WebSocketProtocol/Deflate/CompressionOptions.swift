/// The compression of messages that this side wants, if the peer agrees (permessage-deflate, RFC 7692).
///
/// Compression needs memory for each connection after the first compressed message: up to 256 KiB for sending and 40
/// KiB for receiving, and less with smaller windows. Each side can only narrow the parameters that the peer requests.
public struct CompressionOptions: Sendable, Hashable {
    /// The window for the server's messages, as a power of two in bytes: 9 to 15.
    public var serverWindowBits: Int
    /// The window for the client's messages, as a power of two in bytes: 9 to 15.
    public var clientWindowBits: Int
    /// Whether the server's messages can refer to earlier ones, which compresses small messages better.
    public var serverContextTakeover: Bool
    /// Whether the client's messages can refer to earlier ones, which compresses small messages better.
    public var clientContextTakeover: Bool
    /// The compression level of zlib, from 1 (fastest) to 9 (smallest).
    public var level: Int
    /// The size in bytes below which messages are not compressed; at least 1.
    public var minimumSize: Int

    /// Creates options. Values outside their ranges are clamped.
    ///
    /// - Parameters:
    ///   - serverWindowBits: The window for the server's messages, 9 to 15.
    ///   - clientWindowBits: The window for the client's messages, 9 to 15.
    ///   - serverContextTakeover: Whether the server's messages can refer to earlier ones.
    ///   - clientContextTakeover: Whether the client's messages can refer to earlier ones.
    ///   - level: The compression level of zlib, 1 to 9. The default is 1, because a server compresses on the event
    ///     loop that its other connections share. For 64 KiB of JSON, level 6 takes nearly six times as long to save a
    ///     fifth of the bytes.
    ///   - minimumSize: The size in bytes below which messages are not compressed; 256 by default. Compressing the reply
    ///     of a small call takes more than twice as long as the call, and saves no packet on the network.
    public init(
        serverWindowBits: Int = 15, clientWindowBits: Int = 15, serverContextTakeover: Bool = true,
        clientContextTakeover: Bool = true, level: Int = 1, minimumSize: Int = 256
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
