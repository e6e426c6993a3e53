/// Certificates or a key in PEM (RFC 7468).
package enum PEMSource: Sendable, Hashable {
    case file(String)
    case bytes([UInt8])

    /// What an error text calls it.
    var name: String {
        switch self {
        case .file(let path): "'\(path)'"
        case .bytes: "the bytes given"
        }
    }
}

extension PEMSource: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Without bytes, which may be a key's.
    package var description: String { name }
    package var debugDescription: String { name }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Who one side is: its certificate, those that vouch for it, and its key.
package struct TLSCredentials: Sendable, Hashable {
    /// The own certificate first, then each one's issuer; the last may be left out.
    package var chain: PEMSource
    /// The private key, not encrypted.
    package var key: PEMSource

    package init(chain: PEMSource, key: PEMSource) {
        self.chain = chain
        self.key = key
    }
}

/// How a server secures its connections.
package struct TLSServerSettings: Sendable, Hashable {
    package enum ClientCertificates: Sendable, Hashable {
        case none
        /// A client that shows one must show a good one.
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

/// Whom a client trusts, and who it is.
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

/// Why certificates and keys cannot be used; for who configured them.
package struct TLSSettingsError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Kind: Sendable, Equatable {
        case unreadable, notPEM, encryptedKey, keyMismatch, weak, other
    }

    package let kind: Kind
    package let message: String

    package var description: String { message }
}
