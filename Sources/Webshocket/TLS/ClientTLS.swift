import EventLoops

/// Whom a client trusts on `wss:` connections, and who it is.
///
/// A server must show a certificate that is valid now, meant for servers, for the host of the URL (a name or an
/// address), and vouched for by an authority that is trusted here. There is no way around that: for a certificate of
/// one's own, trust the authority that made it. Whether a certificate was revoked is not asked.
///
///     configuration.tls = ClientTLS(authorities: .only(.file("ca.pem")))
///
/// What is read is kept for as long as the value or a copy of it lives, and so is what it takes to take up a session
/// again. Give clients of the same servers copies of one value; those without settings of their own share one anyway.
public struct ClientTLS: Sendable {
    /// Who may vouch for servers.
    public enum Authorities: Sendable, Hashable {
        /// Those that the system trusts.
        case system
        /// Those of the system, and these.
        case systemAnd(PEM)
        /// These alone.
        case only(PEM)
    }

    /// Who may vouch for servers.
    public var authorities: Authorities { didSet { storage = Storage() } }
    /// What is shown to servers that ask for a certificate; nil for none.
    public var identity: TLSIdentity? { didSet { storage = Storage() } }

    private var storage: Storage

    /// Describes a client's TLS; nothing is read yet.
    /// - Parameters:
    ///   - authorities: who may vouch for servers.
    ///   - identity: what is shown to servers that ask for a certificate.
    public init(authorities: Authorities = .system, identity: TLSIdentity? = nil) {
        self.authorities = authorities
        self.identity = identity
        storage = authorities == .system && identity == nil ? .usual : Storage()
    }

    /// What all connections have in common; made at its first use, which reads the files.
    /// - Throws: ``ClientError`` where a file cannot be read, or what is in it cannot be used.
    func context() throws(ClientError) -> TLSContext {
        if let context = storage.context.withLock({ $0 }) { return context }
        var settings = TLSClientSettings(identity: identity?.settings)
        switch authorities {
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
            // Another connection may have come first: its sessions are there already.
            if let context { return context }
            context = made
            return made
        }
    }

    private final class Storage: Sendable {
        /// Of all values that are as the defaults.
        static let usual = Storage()

        let context = Locked<TLSContext?>(nil)
    }
}
