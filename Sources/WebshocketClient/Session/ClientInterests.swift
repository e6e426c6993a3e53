/// The channels and rooms that a client wants, and the requests in flight for them; without I/O.
///
/// The owner reports when a request is declared, is written and ends. It performs the returned actions.
package struct ClientInterests {
    package enum Kind: Sendable, CaseIterable {
        case channels
        case rooms
    }

    package enum Request: Sendable, Equatable {
        /// A caller subscribes or joins.
        case begin(Kind, [String])
        /// A caller unsubscribes or leaves; nil for all names.
        case end(Kind, [String]?)
        /// The client requests names again that were granted on an earlier connection.
        case restore(Kind, [String])
        /// Ends names that no declaration wants any more; nil for all names.
        case compensate(Kind, [String]?)

        var kind: Kind {
            switch self {
            case .begin(let kind, _), .end(let kind, _), .restore(let kind, _), .compensate(let kind, _): kind
            }
        }
    }

    /// The outcome of a request.
    package enum Outcome: Sendable {
        case granted
        case refused
        /// The client does not know whether the server has carried out the request.
        case givenUp
    }

    /// The actions to perform next.
    package struct Actions: Equatable {
        /// Whether to send the declared request. If not, it has already taken effect.
        package var isSent = true
        /// A compensation to send, if any.
        package var request: Request?
        /// The waiting requests that must not be sent any more.
        package var superseded: [String] = []
    }

    private var ledgers: [Kind: InterestLedger] = [.channels: InterestLedger(), .rooms: InterestLedger()]
    private var kinds: [String: Kind] = [:]

    package init() {}

    /// The channels and patterns that the server has granted, in the order of the grants.
    package var channels: [String] { granted(.channels) }
    /// The rooms that the server has granted, in the order of the grants.
    package var rooms: [String] { granted(.rooms) }

    package func granted(_ kind: Kind) -> [String] { self[kind].granted }

    package func isGranted(_ name: String, _ kind: Kind) -> Bool { self[kind].isGranted(name) }

    private subscript(kind: Kind) -> InterestLedger {
        get { ledgers[kind, default: InterestLedger()] }
        _modify { yield &ledgers[kind, default: InterestLedger()] }
    }

    /// Declares a request.
    /// - Parameter id: The ID of the request's call.
    package mutating func declare(_ request: Request, _ id: String, on link: InterestLedger.Link) -> Actions {
        kinds[id] = request.kind
        switch request {
        case .begin(let kind, let names): self[kind].begin(id, names)
        case .restore(let kind, let names): self[kind].restore(id, names)
        case .compensate(let kind, let names): self[kind].compensate(id, names)
        case .end(let kind, let names):
            let end = self[kind].end(id, names, on: link)
            if !end.isSent { kinds[id] = nil }
            return Actions(isSent: end.isSent, superseded: end.superseded)
        }
        return Actions()
    }

    package mutating func wasWritten(_ id: String) {
        if let kind = kinds[id] { self[kind].wasWritten(id) }
    }

    package mutating func ended(_ id: String, _ outcome: Outcome) -> Actions {
        guard let kind = kinds.removeValue(forKey: id) else { return Actions() }
        let consequence =
            switch outcome {
            case .granted: self[kind].granted(id)
            case .refused: self[kind].refused(id)
            case .givenUp: self[kind].givenUp(id)
            }
        return Actions(request: Request(consequence.remainder, kind), superseded: consequence.superseded)
    }

    /// Forgets names that the server refuses on a new connection.
    package mutating func drop(_ names: [String], _ kind: Kind) -> Actions {
        Actions(request: Request(self[kind].drop(names), kind))
    }

    /// Returns the compensation for all names that the connection may receive although no declaration wants them.
    package func compensation(_ kind: Kind) -> Request? { Request(self[kind].remainder, kind) }

    package mutating func connectionEnded() -> InterestLedger.Settlement {
        var all = InterestLedger.Settlement()
        for kind in Kind.allCases {
            let settlement = self[kind].connectionEnded()
            all.ended += settlement.ended
            all.superseded += settlement.superseded
            all.own += settlement.own
        }
        for id in all.ended + all.own { kinds[id] = nil }
        return all
    }
}

extension ClientInterests.Request {
    fileprivate init?(_ remainder: InterestLedger.Remainder, _ kind: ClientInterests.Kind) {
        switch remainder {
        case .none: return nil
        case .names(let names): self = .compensate(kind, names)
        case .all: self = .compensate(kind, nil)
        }
    }
}
