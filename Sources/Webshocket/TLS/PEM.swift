import EventLoops

/// Certificates, or a private key, in PEM (RFC 7468): `-----BEGIN CERTIFICATE-----` and so on.
public enum PEM: Sendable, Hashable {
    /// The path of a file, read when it is needed: at the start of a server and at ``WebSocketServer/reloadTLS()``, or
    /// before the first connection of a client.
    case file(String)
    /// The text itself, in UTF-8.
    case bytes([UInt8])

    /// The text itself.
    public static func text(_ text: String) -> PEM { .bytes(Array(text.utf8)) }

    var source: PEMSource {
        switch self {
        case .file(let path): .file(path)
        case .bytes(let bytes): .bytes(bytes)
        }
    }
}

extension PEM: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The path of a file; of bytes, which may be a private key, that they are some.
    public var description: String { source.description }
    /// As the description.
    public var debugDescription: String { description }
    /// Without children: the bytes are shown nowhere.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Who a side of a connection says it is: its certificate, and the key that proves it.
public struct TLSIdentity: Sendable, Hashable {
    /// The certificate, then the ones that vouch for it, each behind the one that it vouches for; the last one, which
    /// the peer has, may be left out.
    public var certificateChain: PEM
    /// The private key of the first certificate, not encrypted.
    public var privateKey: PEM

    /// Describes an identity; nothing is read yet.
    /// - Parameters:
    ///   - certificateChain: the certificate first.
    ///   - privateKey: its key, not encrypted: nobody is asked for a password.
    public init(certificateChain: PEM, privateKey: PEM) {
        self.certificateChain = certificateChain
        self.privateKey = privateKey
    }

    var settings: TLSCredentials {
        TLSCredentials(chain: certificateChain.source, key: privateKey.source)
    }
}
