import EventLoops

/// Certificates or a private key in PEM format (RFC 7468), which begins with `-----BEGIN CERTIFICATE-----` or similar.
public enum PEM: Sendable, Hashable {
    /// The path of a file. A server reads it at start and at ``WebSocketServer/reloadTLS()``, a client before its first
    /// connection.
    case file(String)
    /// The PEM text in UTF-8.
    case bytes([UInt8])

    /// Creates PEM data from a string.
    public static func text(_ text: String) -> PEM { .bytes(Array(text.utf8)) }

    package var source: PEMSource {
        switch self {
        case .file(let path): .file(path)
        case .bytes(let bytes): .bytes(bytes)
        }
    }
}

extension PEM: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The path of the file, or a fixed text for bytes, which may be a private key.
    public var description: String { source.description }
    /// The same text as `description`.
    public var debugDescription: String { description }
    /// A mirror without children, so that the bytes are never displayed.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// The identity of a client or a server: a certificate and its private key.
public struct TLSIdentity: Sendable, Hashable {
    /// The certificate followed by its issuers, each after the certificate that it issued. The root, which the peer
    /// has, may be omitted.
    public var certificateChain: PEM
    /// The unencrypted private key of the first certificate.
    public var privateKey: PEM

    /// Creates an identity. The files are not read yet.
    /// - Parameters:
    ///   - certificateChain: The certificate, followed by its issuers.
    ///   - privateKey: The certificate's private key. It must not be encrypted.
    public init(certificateChain: PEM, privateKey: PEM) {
        self.certificateChain = certificateChain
        self.privateKey = privateKey
    }

    package var settings: TLSCredentials {
        TLSCredentials(chain: certificateChain.source, key: privateKey.source)
    }
}
