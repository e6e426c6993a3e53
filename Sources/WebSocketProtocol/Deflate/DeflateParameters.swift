/// The parameters of permessage-deflate on which both sides agreed (RFC 7692, section 7.1), and the settings of this
/// side's compression.
package struct DeflateParameters: Sendable, Equatable {
    package var serverWindowBits: Int
    package var clientWindowBits: Int
    package var serverContextTakeover: Bool
    package var clientContextTakeover: Bool
    package var level: Int
    package var minimumSize: Int

    package init(
        serverWindowBits: Int = 15, clientWindowBits: Int = 15, serverContextTakeover: Bool = true,
        clientContextTakeover: Bool = true, level: Int = 1, minimumSize: Int = CompressionOptions().minimumSize
    ) {
        self.serverWindowBits = serverWindowBits
        self.clientWindowBits = clientWindowBits
        self.serverContextTakeover = serverContextTakeover
        self.clientContextTakeover = clientContextTakeover
        self.level = level
        self.minimumSize = minimumSize
    }

    init(_ options: CompressionOptions) {
        let options = options.clamped
        self.init(
            serverWindowBits: options.serverWindowBits, clientWindowBits: options.clientWindowBits,
            serverContextTakeover: options.serverContextTakeover,
            clientContextTakeover: options.clientContextTakeover, level: options.level,
            minimumSize: options.minimumSize)
    }
}
