import Webshocket

/// The errors of the server. The page shows their messages unchanged.
enum Refusals {
    // The codes are for programs, the messages are for people.
    static let badName = RPCErrorCode(rawValue: 4_000)
    static let nameTaken = RPCErrorCode(rawValue: 4_001)
    static let badRoom = RPCErrorCode(rawValue: 4_002)
    static let badText = RPCErrorCode(rawValue: 4_003)
    static let absent = RPCErrorCode(rawValue: 4_004)

    static func name(_ words: String) -> RPCError { RPCError(words, code: badName) }
    static func room(_ words: String) -> RPCError { RPCError(words, code: badRoom) }
    static func text(_ words: String) -> RPCError { RPCError(words, code: badText) }

    static func taken(_ name: PersonName) -> RPCError {
        RPCError("The name \(name.text) is already taken. Please choose another name.", code: nameTaken)
    }

    static func absent(_ subject: String) -> RPCError { RPCError("\(subject) was not found.", code: absent) }
}
