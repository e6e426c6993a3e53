/// The names of one kind, channels or rooms, that a client wants to receive, and those that its connection may receive;
/// without I/O.
///
/// The owner reports for each request, identified by its call's ID, when it is declared, written to a connection, and
/// ended. A name is wanted from its declaration. Requests take effect in the order in which they are written
/// (Protocol.md, "Order").
package struct InterestLedger {
    /// The state of one name.
    struct Interest {
        /// The position in the order of grants; nil if the name is not granted.
        var granted: UInt64?
        /// The unanswered requests for the name that no later end covers.
        var declared: Set<String> = []
        /// The requests on the current connection that may be in effect, and that no later end on it covers.
        var traces: Set<String> = []

        var isWanted: Bool { granted != nil || !declared.isEmpty }
        var isEmpty: Bool { !isWanted && traces.isEmpty }

        mutating func grant(at position: UInt64) { granted = granted ?? position }
    }

    /// An unanswered request for names.
    struct Beginning {
        let names: [ExactText]
        /// Whether the client itself made the request, for names granted on an earlier connection.
        let isRestoring: Bool
        var isWritten = false
    }

    /// An unanswered request that ends names.
    struct Ending {
        let id: String
        /// The names to end; nil for all names.
        let names: Set<ExactText>?
        /// Whether the client itself made the request, to undo requests that were given up.
        let isCompensation: Bool
        /// The state of the ended names, to be restored if the server refuses the request.
        var ended: [ExactText: Interest] = [:]
        var isWritten = false

        func covers(_ name: ExactText) -> Bool { names?.contains(name) ?? true }
    }

    /// The state of the connection when names are ended.
    package enum Link: Sendable {
        /// Nothing can be sent.
        case absent
        /// The connection is being prepared; the request would wait until it is open.
        case preparing
        /// The connection is being prepared, and the request is part of the preparation: it is written before waiting
        /// messages.
        case ahead
        case open
    }

    /// The action for a request to end names.
    package struct End: Equatable {
        /// Whether to send the request. If not, it has already taken effect.
        package var isSent: Bool
        /// The requests that wait to be sent and whose names have all been ended.
        package var superseded: [String]
    }

    /// The names that the connection may receive although they are not wanted.
    package enum Remainder: Equatable {
        case none
        case names([String])
        /// All names, including those that only the server knows.
        case all
    }

    /// The actions after the end of a request.
    package struct Consequence: Equatable {
        /// The names to end on the connection.
        package var remainder = Remainder.none
        /// The requests that wait to be sent and whose names have all been ended.
        package var superseded: [String] = []
    }

    /// The result of the end of a connection for requests without a response.
    package struct Settlement: Equatable {
        /// The caller's ends, which have taken effect.
        package var ended: [String] = []
        /// The requests for names that have all been ended since.
        package var superseded: [String] = []
        /// The requests that the client itself made, for this connection only.
        package var own: [String] = []
    }

    var interests: [ExactText: Interest] = [:]
    var beginnings: [String: Beginning] = [:]
    /// The unanswered ends, in the order of their declaration.
    var endings: [Ending] = []
    var lastGrant: UInt64 = 0

    package init() {}

    /// The granted names, in the order of the grants.
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

    /// Declares the client's own request for names that were granted on an earlier connection.
    package mutating func restore(_ id: String, _ names: [String]) {
        beginnings[id] = Beginning(names: names.map { ExactText($0) }, isRestoring: true)
    }

    /// Declares a request to end names.
    /// - Parameter names: The names; nil for all.
    package mutating func end(_ id: String, _ names: [String]?, on link: Link) -> End {
        var ending = Ending(id: id, names: names.map { Set($0.map { ExactText($0) }) }, isCompensation: false)
        var mayBeReceiving = false
        for (name, interest) in interests where ending.covers(name) {
            mayBeReceiving = mayBeReceiving || !interest.traces.isEmpty
            var ended = interest
            ended.traces = []
            // Waiting requests are written after a request of the preparation, so it does not end them.
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

    /// Declares the client's own request to end a remainder.
    /// - Parameter names: The names; nil for all.
    package mutating func compensate(_ id: String, _ names: [String]?) {
        endings.append(Ending(id: id, names: names.map { Set($0.map { ExactText($0) }) }, isCompensation: true))
    }
}
