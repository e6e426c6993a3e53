import EventLoops

/// The TLS settings of a server. A server with TLS accepts only `wss:` connections.
///
///     var configuration = ServerConfiguration()
///     configuration.tls = ServerTLS(certificateChain: .file("chain.pem"), privateKey: .file("key.pem"))
///
/// The server supports TLS 1.3 and 1.2 (RFC 8446, RFC 5246) and does not renegotiate. Clients can resume sessions with
/// tickets, whose keys are rotated every few hours. The files are read at start and at ``WebSocketServer/reloadTLS()``.
public struct ServerTLS: Sendable, Hashable {
    /// Whether clients must present certificates.
    public enum ClientCertificates: Sendable, Hashable {
        /// No certificate is requested.
        case none
        /// A client may present a certificate. If it was not issued by one of the authorities, the connection is
        /// rejected.
        case optional(authorities: PEM)
        /// A client must present a certificate that was issued by one of the authorities.
        case required(authorities: PEM)
    }

    /// The server's certificate chain and private key.
    public var identity: TLSIdentity
    /// Whether clients must present certificates. ``Connection/clientCertificate`` returns the certificate of a client.
    public var clientCertificates = ClientCertificates.none

    /// Creates TLS settings. The files are not read yet.
    /// - Parameters:
    ///   - certificateChain: The certificate, followed by its issuers.
    ///   - privateKey: The certificate's private key. It must not be encrypted.
    ///   - clientCertificates: Whether clients must present certificates.
    public init(certificateChain: PEM, privateKey: PEM, clientCertificates: ClientCertificates = .none) {
        identity = TLSIdentity(certificateChain: certificateChain, privateKey: privateKey)
        self.clientCertificates = clientCertificates
    }

    /// Loads the certificates and the key.
    /// - Throws: ``ServerError`` if a file cannot be read or its content cannot be used.
    func context() throws(ServerError) -> TLSContext {
        let clients: TLSServerSettings.ClientCertificates =
            switch clientCertificates {
            case .none: .none
            case .optional(let authorities): .optional(authorities: authorities.source)
            case .required(let authorities): .required(authorities: authorities.source)
            }
        do {
            return try TLSContext(TLSServerSettings(identity: identity.settings, clientCertificates: clients))
        } catch {
            throw ServerError(code: .invalidCertificate, message: error.message)
        }
    }
}
