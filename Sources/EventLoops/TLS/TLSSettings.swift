/// A source of PEM-encoded certificates or of a PEM-encoded private key (RFC 7468).
package enum PEMSource: Sendable, Hashable {
    case file(String)
    case bytes([UInt8])

    /// The name of the source in error messages.
    var name: String {
        switch self {
        case .file(let path): "'\(path)'"
        case .bytes: "the bytes given"
        }
    }
}

extension PEMSource: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The name of the source. It never contains the bytes, which may be a private key.
    package var description: String { name }
    package var debugDescription: String { name }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// The identity of one side: its certificate chain and its private key.
package struct TLSCredentials: Sendable, Hashable {
    /// The certificate, followed by those of its issuers in order. The root certificate may be omitted.
    package var chain: PEMSource
    /// The unencrypted private key.
    package var key: PEMSource

    package init(chain: PEMSource, key: PEMSource) {
        self.chain = chain
        self.key = key
    }
}

/// The TLS settings of a server.
package struct TLSServerSettings: Sendable, Hashable {
    package enum ClientCertificates: Sendable, Hashable {
        case none
        /// A client may send no certificate. If it sends one, it must be valid.
        case optional(authorities: PEMSource)
        case required(authorities: PEMSource)
    }

    package var identity: TLSCredentials
    package var clientCertificates = ClientCertificates.none

    package init(identity: TLSCredentials, clientCertificates: ClientCertificates = .none) {
        self.identity = identity
        self.clientCertificates = clientCertificates
    }
}

/// The TLS settings of a client: the authorities that it trusts, and its own certificate.
package struct TLSClientSettings: Sendable, Hashable {
    package var trustsSystem: Bool
    package var authorities: [PEMSource]
    package var identity: TLSCredentials?

    package init(trustsSystem: Bool = true, authorities: [PEMSource] = [], identity: TLSCredentials? = nil) {
        self.trustsSystem = trustsSystem
        self.authorities = authorities
        self.identity = identity
    }
}

/// The reason why configured certificates or keys cannot be used.
package struct TLSSettingsError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Kind: Sendable, Equatable {
        case unreadable, notPEM, encryptedKey, keyMismatch, weak, other
    }

    package let kind: Kind
    package let message: String

    package var description: String { message }
}
