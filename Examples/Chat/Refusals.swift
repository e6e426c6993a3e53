import Webshocket

/// What the server says no to, in words that the page shows as they are.
enum Refusals {
    /// The codes tell programs what the words tell people.
    static let badName = RPCErrorCode(rawValue: 4_000)
    static let nameTaken = RPCErrorCode(rawValue: 4_001)
    static let badRoom = RPCErrorCode(rawValue: 4_002)
    static let badText = RPCErrorCode(rawValue: 4_003)
    static let absent = RPCErrorCode(rawValue: 4_004)

    static func name(_ words: String) -> RPCError { RPCError(words, code: badName) }
    static func room(_ words: String) -> RPCError { RPCError(words, code: badRoom) }
    static func text(_ words: String) -> RPCError { RPCError(words, code: badText) }

    static func taken(_ name: PersonName) -> RPCError {
        RPCError("Somebody is called \(name.text) already. Please choose another name.", code: nameTaken)
    }

    static func absent(_ whom: String) -> RPCError { RPCError("\(whom) is not here.", code: absent) }
}
