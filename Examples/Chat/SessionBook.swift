import Webshocket

/// Who has which name, and the secret token that proves it.
///
/// A name is its owner's while a connection of theirs is here, and for half an hour after the last one has ended.
struct SessionBook: Sendable {
    struct Session: Sendable, Identifiable {
        /// Never used again, unlike the name.
        let id: Int
        let name: PersonName
        let token: String
        let isAdmin: Bool
        /// Those that are here.
        var connections: Set<Connection.ID> = []
        /// When the last connection ended; nil while one is here.
        var leftAt: ContinuousClock.Instant?
    }

    static let patience: Duration = .seconds(1_800)
    static let most = 10_000

    private var sessions: [Session.ID: Session] = [:]
    private var names: [PersonName: Session.ID] = [:]
    private var tokens: [String: Session.ID] = [:]
    private var lastID = 0

    /// Gives a name to somebody who has shown no token.
    mutating func begin(_ name: PersonName, isAdmin: Bool, at now: ContinuousClock.Instant) throws -> Session {
        if let former = session(named: name) {
            guard Self.isOver(former, at: now) else { throw Refusals.taken(name) }
            end(former.id)
        }
        if sessions.count >= Self.most {
            for session in sessions.values where Self.isOver(session, at: now) { end(session.id) }
        }
        guard sessions.count < Self.most else {
            throw Refusals.name("There is no room for one more. Please come later.")
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

    /// Notes a connection that is here.
    /// - Returns: whether the session is still there to come to.
    mutating func arrive(_ connection: Connection.ID, in id: Session.ID) -> Bool {
        guard sessions[id] != nil else { return false }
        sessions[id]?.connections.insert(connection)
        sessions[id]?.leftAt = nil
        return true
    }

    /// Notes that a connection has ended.
    mutating func leave(_ connection: Connection.ID, from id: Session.ID, at now: ContinuousClock.Instant) {
        guard var session = sessions[id], session.connections.remove(connection) != nil else { return }
        if session.connections.isEmpty { session.leftAt = now }
        sessions[id] = session
    }

    /// Frees a name; its token is worth nothing any more.
    /// - Returns: the session as it was at last; nil where it has ended before.
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

    /// 128 random bits of the system's.
    static func randomToken() -> String {
        let number = UInt128.random(in: 0 ... .max)
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 32 - digits.count) + digits
    }
}
