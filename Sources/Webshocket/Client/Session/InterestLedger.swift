/// The names of one kind, channels or rooms, that a client wants to receive, and those that its connection may be
/// receiving; without I/O.
///
/// The owner reports each request by its call's ID: when it is declared, when it is written to a connection, and how it
/// ends. A name counts from its declaration. Requests take effect in the order in which they are written (Protocol.md,
/// "Order").
package struct InterestLedger {
    /// What is known of one name.
    struct Interest {
        /// The position in the order of grants, if a granted request for the name stands.
        var granted: UInt64?
        /// Unanswered requests for the name that no later end covers.
        var declared: Set<String> = []
        /// Requests on the current connection that may be in force, and that no later end on it covers.
        var traces: Set<String> = []

        var isWanted: Bool { granted != nil || !declared.isEmpty }
        var isEmpty: Bool { !isWanted && traces.isEmpty }

        mutating func grant(at position: UInt64) { granted = granted ?? position }
    }

    /// An unanswered request for names.
    struct Beginning {
        let names: [ExactText]
        /// Whether the client asks by itself for what was granted on an earlier connection.
        let isRestoring: Bool
        var isWritten = false
    }

    /// An unanswered request that ends names.
    struct Ending {
        let id: String
        /// Nil for all names.
        let names: Set<ExactText>?
        /// Whether the client sends it by itself, for requests that were given up.
        let isCompensation: Bool
        /// What it ends, to be put back if the server refuses it.
        var ended: [ExactText: Interest] = [:]
        var isWritten = false

        func covers(_ name: ExactText) -> Bool { names?.contains(name) ?? true }
    }

    /// The connection that an end of interests finds.
    package enum Link: Sendable {
        /// Nothing can be sent.
        case absent
        /// The connection is being prepared; the request would wait until it is open.
        case preparing
        /// The connection is being prepared, and the request is part of that: it is written before all that waits.
        case ahead
        case open
    }

    /// What to do with a request to end names.
    package struct End: Equatable {
        /// Whether the request is to be sent; else it has taken effect.
        package var isSent: Bool
        /// Requests that wait to be sent, all of whose names have been ended.
        package var superseded: [String]
    }

    /// Names that the connection may be receiving although they are not wanted.
    package enum Remainder: Equatable {
        case none
        case names([String])
        /// All names, those that only the server knows included.
        case all
    }

    /// What to do after the end of a request.
    package struct Consequence: Equatable {
        /// Names to end on the connection.
        package var remainder = Remainder.none
        /// Requests that wait to be sent, all of whose names have been ended.
        package var superseded: [String] = []
    }

    /// The end of a connection, for requests that have no answer.
    package struct Settlement: Equatable {
        /// Ends of the caller's, which have taken effect.
        package var ended: [String] = []
        /// Requests for names, all of which have been ended since.
        package var superseded: [String] = []
        /// Requests that the client made by itself, for this connection only.
        package var own: [String] = []
    }

    var interests: [ExactText: Interest] = [:]
    var beginnings: [String: Beginning] = [:]
    /// In the order of their declaration.
    var endings: [Ending] = []
    var lastGrant: UInt64 = 0

    package init() {}

    /// The names that a granted request stands for, in the order of the grants.
    package var granted: [String] {
        interests.compactMap { name, interest in interest.granted.map { (name.text, $0) } }
            .sorted { $0.1 < $1.1 }.map(\.0)
    }

    package func isGranted(_ name: String) -> Bool { interests[ExactText(name)]?.granted != nil }
}

// MARK: - Declarations

extension InterestLedger {
    package mutating func begin(_ id: String, _ names: [String]) {
        beginnings[id] = Beginning(names: names.map { ExactText($0) }, isRestoring: false)
        for name in names { interests[ExactText(name), default: Interest()].declared.insert(id) }
    }

    /// Declares a request of the client's own for names that were granted on an earlier connection.
    package mutating func restore(_ id: String, _ names: [String]) {
        beginnings[id] = Beginning(names: names.map { ExactText($0) }, isRestoring: true)
    }

    /// - Parameter names: nil for all.
    package mutating func end(_ id: String, _ names: [String]?, on link: Link) -> End {
        var ending = Ending(id: id, names: names.map { Set($0.map { ExactText($0) }) }, isCompensation: false)
        var mayBeReceiving = false
        for (name, interest) in interests where ending.covers(name) {
            mayBeReceiving = mayBeReceiving || !interest.traces.isEmpty
            var ended = interest
            ended.traces = []
            // What waits is written later than a request of the preparation, and so is not ended by it.
            if link == .ahead { ended.declared = ended.declared.filter { beginnings[$0]?.isWritten == true } }
            var rest = interest
            rest.granted = nil
            rest.declared.subtract(ended.declared)
            if ended.isWanted { ending.ended[name] = ended }
            set(rest, for: name)
        }
        let isSent =
            switch link {
            case .absent: false
            case .preparing: mayBeReceiving
            case .ahead, .open: true
            }
        if isSent { endings.append(ending) }
        return End(isSent: isSent, superseded: link == .absent || link == .preparing ? superseded : [])
    }

    /// Declares a request of the client's own that ends a remainder.
    /// - Parameter names: nil for all.
    package mutating func compensate(_ id: String, _ names: [String]?) {
        endings.append(Ending(id: id, names: names.map { Set($0.map { ExactText($0) }) }, isCompensation: true))
    }
}
