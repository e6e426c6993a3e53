import EventLoops

/// How a server secures its connections: it then speaks `wss:` and nothing else.
///
///     var configuration = ServerConfiguration()
///     configuration.tls = ServerTLS(certificateChain: .file("chain.pem"), privateKey: .file("key.pem"))
///
/// It speaks TLS 1.3 and 1.2 (RFC 8446, RFC 5246), never less, does not renegotiate, and lets clients take up their
/// sessions again, by tickets whose keys change every few hours. The files are read at the start and at
/// ``WebSocketServer/reloadTLS()``.
public struct ServerTLS: Sendable, Hashable {
    /// Whether clients show certificates too.
    public enum ClientCertificates: Sendable, Hashable {
        /// They are not asked for one.
        case none
        /// They may show one that an authority vouches for; with any other they are refused.
        case optional(authorities: PEM)
        /// They must show one that an authority vouches for.
        case required(authorities: PEM)
    }

    /// The server's certificate, and what vouches for it.
    public var identity: TLSIdentity
    /// Whether clients show certificates too; ``Connection/clientCertificate`` tells handlers which.
    public var clientCertificates = ClientCertificates.none

    /// Describes a server's TLS; nothing is read yet.
    /// - Parameters:
    ///   - certificateChain: the certificate first, then the ones that vouch for it.
    ///   - privateKey: the certificate's key, not encrypted.
    ///   - clientCertificates: whether clients show certificates too.
    public init(certificateChain: PEM, privateKey: PEM, clientCertificates: ClientCertificates = .none) {
        identity = TLSIdentity(certificateChain: certificateChain, privateKey: privateKey)
        self.clientCertificates = clientCertificates
    }

    /// - Throws: ``StartupError`` where a file cannot be read, or what is in it cannot be used.
    func context() throws(StartupError) -> TLSContext {
        let clients: TLSServerSettings.ClientCertificates =
            switch clientCertificates {
            case .none: .none
            case .optional(let authorities): .optional(authorities: authorities.source)
            case .required(let authorities): .required(authorities: authorities.source)
            }
        do {
            return try TLSContext(TLSServerSettings(identity: identity.settings, clientCertificates: clients))
        } catch {
            throw StartupError(code: .badCertificate, message: error.message)
        }
    }
}
