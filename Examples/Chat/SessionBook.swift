import Webshocket

/// Who has which name, and the secret token that proves it.
///
/// A name is its owner's while a connection of theirs is here, and for half an hour after the last one has ended.
struct SessionBook: Sendable {
    struct Session: Sendable, Equatable {
        let name: PersonName
        let token: String
        let isAdmin: Bool
        /// When the last connection ended; nil while one is here.
        var leftAt: ContinuousClock.Instant?
    }

    static let patience: Duration = .seconds(1_800)
    static let most = 10_000

    private var sessions: [PersonName: Session] = [:]
    private var names: [String: PersonName] = [:]

    /// Gives a name to somebody who has shown no token.
    mutating func begin(_ name: PersonName, isAdmin: Bool, at now: ContinuousClock.Instant) throws -> Session {
        if let former = sessions[name], !Self.isOver(former, at: now) { throw Refusals.taken(name) }
        end(name)
        if sessions.count >= Self.most {
            for session in sessions.values where Self.isOver(session, at: now) { end(session.name) }
        }
        guard sessions.count < Self.most else {
            throw Refusals.name("There is no room for one more. Please come later.")
        }
        let session = Session(name: name, token: Self.randomToken(), isAdmin: isAdmin, leftAt: now)
        sessions[name] = session
        names[session.token] = name
        return session
    }

    func session(of token: String, at now: ContinuousClock.Instant) -> Session? {
        guard let session = names[token].flatMap({ sessions[$0] }), !Self.isOver(session, at: now) else { return nil }
        return session
    }

    /// Notes whether somebody has a connection here.
    mutating func note(_ name: PersonName, isHere: Bool, at now: ContinuousClock.Instant) {
        sessions[name]?.leftAt = isHere ? nil : now
    }

    /// Frees a name; its token is worth nothing any more.
    mutating func end(_ name: PersonName) {
        guard let session = sessions.removeValue(forKey: name) else { return }
        names[session.token] = nil
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
