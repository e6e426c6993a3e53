import Webshocket

/// The sessions of the chat, each with a name and a secret token.
///
/// A session exists while it has a connection, and for half an hour after its last connection has ended.
struct SessionBook: Sendable {
    struct Session: Sendable, Identifiable {
        /// A number that is never reused, unlike the name.
        let id: Int
        let name: PersonName
        let token: String
        let isAdmin: Bool
        /// The open connections of the session.
        var connections: Set<Connection.ID> = []
        /// The time at which the last connection ended; nil while the session has a connection.
        var leftAt: ContinuousClock.Instant?
    }

    static let patience: Duration = .seconds(1_800)
    static let most = 10_000

    private var sessions: [Session.ID: Session] = [:]
    private var names: [PersonName: Session.ID] = [:]
    private var tokens: [String: Session.ID] = [:]
    private var lastID = 0

    /// Begins a session with a name and a new token.
    /// - Throws: An error if the name is taken, or if there are too many sessions.
    mutating func begin(_ name: PersonName, isAdmin: Bool, at now: ContinuousClock.Instant) throws -> Session {
        if let former = session(named: name) {
            guard Self.isOver(former, at: now) else { throw Refusals.taken(name) }
            end(former.id)
        }
        if sessions.count >= Self.most {
            for session in sessions.values where Self.isOver(session, at: now) { end(session.id) }
        }
        guard sessions.count < Self.most else {
            throw Refusals.name("The chat is full. Please try again later.")
        }
        lastID += 1
        let session = Session(id: lastID, name: name, token: Self.randomToken(), isAdmin: isAdmin, leftAt: now)
        sessions[session.id] = session
        names[name] = session.id
        tokens[session.token] = session.id
        return session
    }

    func session(of token: String, at now: ContinuousClock.Instant) -> Session? {
        guard let session = tokens[token].flatMap({ sessions[$0] }), !Self.isOver(session, at: now) else { return nil }
        return session
    }

    func session(named name: PersonName) -> Session? { names[name].flatMap { sessions[$0] } }

    func session(_ id: Session.ID) -> Session? { sessions[id] }

    /// Adds a connection to a session.
    /// - Returns: Whether the session still exists.
    mutating func arrive(_ connection: Connection.ID, in id: Session.ID) -> Bool {
        guard sessions[id] != nil else { return false }
        sessions[id]?.connections.insert(connection)
        sessions[id]?.leftAt = nil
        return true
    }

    /// Removes a connection that has ended from its session.
    mutating func leave(_ connection: Connection.ID, from id: Session.ID, at now: ContinuousClock.Instant) {
        guard var session = sessions[id], session.connections.remove(connection) != nil else { return }
        if session.connections.isEmpty { session.leftAt = now }
        sessions[id] = session
    }

    /// Ends a session, which frees its name and invalidates its token.
    /// - Returns: The session; nil if it has already ended.
    @discardableResult
    mutating func end(_ id: Session.ID) -> Session? {
        guard let session = sessions.removeValue(forKey: id) else { return nil }
        names[session.name] = nil
        tokens[session.token] = nil
        return session
    }

    private static func isOver(_ session: Session, at now: ContinuousClock.Instant) -> Bool {
        session.leftAt.map { now - $0 > patience } ?? false
    }

    /// Creates a token of 128 random bits, as 32 hexadecimal digits.
    static func randomToken() -> String {
        let number = UInt128.random(in: 0 ... .max)
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 32 - digits.count) + digits
    }
}
