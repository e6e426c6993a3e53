import EventLoops

/// The TLS settings of a client for `wss:` connections: the trusted authorities and the client's own identity.
///
/// The certificate of a server must be valid now and allowed for server authentication. It must be issued by a trusted
/// authority, for the host of the URL (a name or an IP address). These checks cannot be disabled. To use your own
/// certificates, trust the authority that issued them. Revocation is not checked.
///
///     configuration.tls = ClientTLS(trustRoots: .only(.file("ca.pem")))
///
/// The loaded files and the cached TLS sessions are kept as long as a copy of the value exists. For clients of the same
/// servers, use copies of one value. All clients with the default settings share one cache.
public struct ClientTLS: Sendable {
    /// The certificate authorities that are trusted to issue server certificates.
    public enum TrustRoots: Sendable, Hashable {
        /// The authorities that the system trusts.
        case system
        /// The authorities that the system trusts, and additional ones.
        case systemAnd(PEM)
        /// Only the given authorities.
        case only(PEM)
    }

    /// The certificate authorities that are trusted to issue server certificates.
    public var trustRoots: TrustRoots { didSet { storage = Storage() } }
    /// The certificate that is presented if a server requests one; nil for none.
    public var identity: TLSIdentity? { didSet { storage = Storage() } }

    private var storage: Storage

    /// Creates TLS settings. The files are not read yet.
    /// - Parameters:
    ///   - trustRoots: The authorities that are trusted to issue server certificates.
    ///   - identity: The certificate that is presented if a server requests one; nil for none.
    public init(trustRoots: TrustRoots = .system, identity: TLSIdentity? = nil) {
        self.trustRoots = trustRoots
        self.identity = identity
        storage = trustRoots == .system && identity == nil ? .usual : Storage()
    }

    /// Returns the TLS context that all connections share. Its first use reads the files.
    /// - Throws: ``ClientError`` if a file cannot be read or its content cannot be used.
    func context() throws(ClientError) -> TLSContext {
        if let context = storage.context.withLock({ $0 }) { return context }
        var settings = TLSClientSettings(identity: identity?.settings)
        switch trustRoots {
        case .system: break
        case .systemAnd(let authorities): settings.authorities = [authorities.source]
        case .only(let authorities):
            settings.trustsSystem = false
            settings.authorities = [authorities.source]
        }
        let made: TLSContext
        do {
            made = try TLSContext(settings)
        } catch {
            throw ClientError(.invalidConfiguration, error.message)
        }
        return storage.context.withLock { context in
            // Another connection may have created a context first, which may already have sessions.
            if let context { return context }
            context = made
            return made
        }
    }

    private final class Storage: Sendable {
        /// The storage of all values with the default settings.
        static let usual = Storage()

        let context = Locked<TLSContext?>(nil)
    }
}
