import Testing
import Webshocket

extension Connection {
    /// Evaluates a predicate for this connection, and expects the result `holds`.
    func expect(
        _ predicate: any SessionPredicate, holds: Bool = true, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        #expect(try predicate.condition.holds(for: self) == holds, "\(predicate)", sourceLocation: sourceLocation)
    }
}

@Suite("Guards of connections", .timeLimit(.minutes(5)))
struct CheckTests {
    @Test("a guard uses the current attributes")
    func attributes() async throws {
        try await Host.withConnection { connection in
            let guarded = Is("isAdmin") && !Is("isReadOnly")
            try connection.expect(guarded, holds: false)
            connection.isAdmin = true
            try connection.expect(guarded)
            connection.isReadOnly = true
            try connection.expect(guarded, holds: false)
            connection.isReadOnly = nil
            try connection.expect(guarded)
            connection.isAdmin = 1
            try connection.expect(guarded, holds: false)
        }
    }

    @Test("a guard allocates no attribute storage, and finds no attributes after the connection has closed")
    func noAttributes() async throws {
        let kept = Collected<Connection>()
        try await Host.withConnection { connection in
            kept.append(connection)
            try connection.expect(Has("a") || IsEqual("a", nil), holds: false)
            #expect(!connection.hasAttributeStorage)
            connection.a = true
            try connection.expect(Is("a"))
        }
        try #require(kept.values.first).expect(Is("a") || Has("a"), holds: false)
    }

    @Test("a check is called with the connection")
    func closure() async throws {
        try await Host.withConnection { connection in
            let isPaying = Check("is paying") { connection in connection.plan == "pro" && connection.path == "/" }
            try connection.expect(isPaying, holds: false)
            connection.plan = "pro"
            try connection.expect(Has("plan") && isPaying)
        }
    }

    private struct Unavailable: Error {}

    @Test("an error of a check is rethrown if the check is evaluated")
    func throwing() async throws {
        try await Host.withConnection { connection in
            let fails = Check("fails") { _ in throw Unavailable() }
            let throwers: [any SessionPredicate] = [
                fails, !fails, Not(fails && Is("a")), Is("a") || fails, AllOf(AnyOf(), AllOf()) || fails,
            ]
            for predicate in throwers {
                #expect(throws: Unavailable.self, "\(predicate)") { try predicate.condition.holds(for: connection) }
            }
            try connection.expect(Is("a") && fails, holds: false)
            try connection.expect(AllOf() || fails)
        }
    }

    @Test("attributes that a check changes take effect at the next evaluation")
    func writing() async throws {
        try await Host.withConnection { connection in
            connection.credit = 2
            let pays = Check("pays") { connection in
                let credit = connection.credit ?? 0
                connection.credit = credit - 1
                return credit > 0
            }
            let guarded = pays && IsAtLeast("credit", 1)
            try connection.expect(guarded)
            try connection.expect(guarded)
            try connection.expect(guarded, holds: false)
            #expect(connection.credit == -1)
            let removes = Check("removes") { connection in
                connection.removeAttributes()
                return true
            }
            try connection.expect(removes && Has("credit"))
            try connection.expect(Has("credit"), holds: false)
        }
    }

    @Test("a guard sees one snapshot of the attributes while another thread changes them")
    func snapshot() async throws {
        try await Host.withConnection { connection in
            // `turn` alternates between 0 and 1. Without a snapshot, both comparisons could fail.
            let either = IsEqual("turn", 0) || IsEqual("turn", 1)
            connection.turn = 0
            let begun = Gate()
            let changes = Task.detached {
                while connection.isDone != true {
                    for turn in 0..<100 { connection.turn = turn & 1 }
                    begun.open()
                    await Task.yield()
                }
            }
            await begun.wait()
            for _ in 0..<2_000 { try connection.expect(either) }
            connection.isDone = true
            await changes.value
        }
    }
}
