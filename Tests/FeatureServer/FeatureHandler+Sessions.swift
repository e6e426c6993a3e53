import Webshocket

extension FeatureHandler {
    private static let score = SessionKey<Int>("score")

    private func forget(_ connection: Connection) {
        connection.level = nil as WireValue?
        connection["team"] = nil
    }

    @RPCMethodsBuilder var sessionMethods: RPCMethods {
        RPCMethod("assign_level") { (connection: Connection, level: Int) in connection.level = level }
        RPCMethod("set") { (connection: Connection, name: String, value: WireValue) in connection[name] = value }
        RPCMethod("set_score") { (connection: Connection, score: Int) in connection[Self.score] = score }
        RPCMethod("score") { (connection: Connection) in connection[Self.score] }
        RPCMethod("forget", forget)
        RPCMethod("attributes") { (connection: Connection) in connection.attributes }
        RPCMethod("attributes_of") { [self] (_: Connection, id: UInt64) in
            memory.withLock { $0.connections[id] }?.attributes
        }
    }

    private static let predicates: [String: any SessionPredicate] = [
        "has": Has("team"), "is": Is("admin"), "is_equal": IsEqual("team", "red"),
        "any_of": AnyOf(Is("admin"), IsEqual("team", "red")), "all_of": AllOf(Is("admin"), IsEqual("team", "red")),
        "not": Not(Has("team")),
        "closure": Check("is in a team with a long name") { ($0["team"]?.asString?.count ?? 0) > 3 },
    ]

    private static func predicate(_ name: String) throws -> any SessionPredicate {
        guard let predicate = predicates[name] else { throw RPCError("unknown predicate '\(name)'") }
        return predicate
    }

    @RPCMethodsBuilder var predicateMethods: RPCMethods {
        for (name, predicate) in Self.predicates.sorted(by: { $0.key < $1.key }) {
            RPCMethod("guarded_by_\(name)", nothing).requires(predicate)
        }
        RPCMethod("publish_where") { (connection: Connection, name: String, channel: String, text: String) in
            try connection.publish(text, to: channel, where: try Self.predicate(name))
        }
        RPCMethod("broadcast_where") { (connection: Connection, name: String, text: String) in
            try connection.broadcast(text, where: try Self.predicate(name))
        }
    }

    @RPCMethodsBuilder var limitedMethods: RPCMethods {
        for period in ["10s", "1m", "2h", "1d"] {
            RPCMethod("once_per_\(period)", nothing).rateLimit(1, per: RatePeriod(period))
        }
        RPCMethod("once_per_duration", nothing).rateLimit(1, per: RatePeriod(.milliseconds(300)))
        RPCMethod("once_or_out", nothing).rateLimit(1, per: "1m", onExceeded: .disconnect)
    }
}
