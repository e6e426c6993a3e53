import Webshocket

/// A client's interests with callers, a connection and a server that act at random, and a plain log of the requests to
/// compare with.
///
/// The server processes requests in the order in which they were written. A call can be given up at any time, a
/// response can be late, and the connection can end between any two steps.
struct InterestModel {
    private struct Call {
        let request: ClientInterests.Request
        /// The index in the log; nil for the client's own requests.
        let entry: Int?
    }

    /// A caller's request and its outcome; nil while it is pending.
    private struct Entry {
        let request: ClientInterests.Request
        var outcome: ClientInterests.Outcome?
    }

    private static let names = ["a", "b", "c"]

    private var random: SplitMix
    private var interests = ClientInterests()
    private var log: [Entry] = []
    private var calls: [String: Call] = [:]
    private var lastID = 0
    private var isConnected = true
    /// The requests that wait to be written.
    private var queue: [String] = []
    /// The requests that were written but not processed by the server.
    private var wire: [(id: String, request: ClientInterests.Request)] = []
    /// The responses that have not arrived.
    private var answers: [(id: String, outcome: ClientInterests.Outcome)] = []
    private var server: Set<String> = []
    private var owesCompensation = false
    /// The first problem.
    private(set) var problem: String?
    private(set) var transcript: [String] = []

    init(seed: UInt64) {
        random = SplitMix(state: seed)
    }

    mutating func run(steps: Int) {
        for _ in 0..<steps where problem == nil { step() }
        settle()
        compare("after \(steps) steps")
        disconnect()
        settle()
        compare("on the next connection")
    }

    private mutating func step() {
        switch random.next(upTo: 100) {
        case ..<16: declare(.begin(.channels, someNames()))
        case ..<26: declare(.end(.channels, random.next(upTo: 4) == 0 ? nil : someNames()))
        case ..<44: writeNext()
        case ..<62: takeUpNext(refusing: random.next(upTo: 5) == 0)
        case ..<80: deliverNext()
        case ..<92: giveUpOne()
        case ..<95: if isConnected { disconnect() } else { connect() }
        default: compensateAgain()
        }
    }

    /// Completes all pending requests, without refusals.
    private mutating func settle() {
        if !isConnected { connect() }
        while !queue.isEmpty || !wire.isEmpty || !answers.isEmpty || owesCompensation {
            while !queue.isEmpty { writeNext() }
            while !wire.isEmpty { takeUpNext(refusing: false) }
            while !answers.isEmpty { deliverNext() }
            compensateAgain()
        }
    }

    private mutating func compare(_ time: String) {
        let wanted = wantedNames()
        guard problem == nil, server != wanted || Set(interests.channels) != wanted else { return }
        problem =
            "\(time): wanted \(wanted.sorted()), the server has \(server.sorted()), "
            + "the client has \(interests.channels)"
    }

    /// The names that are wanted according to the log.
    private func wantedNames() -> Set<String> {
        var wanted: Set<String> = []
        for entry in log {
            switch (entry.request, entry.outcome) {
            case (.begin(_, let names), .granted): wanted.formUnion(names)
            case (.end(_, let names), .granted), (.end(_, let names), .givenUp):
                if let names { wanted.subtract(names) } else { wanted = [] }
            default: break
            }
        }
        return wanted
    }
}

// MARK: - Callers

extension InterestModel {
    /// The names that no later request of a caller has ended.
    private func stillWanted(_ names: [String], _ entry: Int) -> Set<String> {
        var wanted = Set(names)
        for later in log[(entry + 1)...] where later.outcome == .granted || later.outcome == .givenUp {
            guard case .end(_, let names) = later.request else { continue }
            if let names { wanted.subtract(names) } else { wanted = [] }
        }
        return wanted
    }
}

extension InterestModel {
    private mutating func someNames() -> [String] {
        let first = random.next(upTo: Self.names.count)
        guard random.next(upTo: 3) == 0 else { return [Self.names[first]] }
        return [Self.names[first], Self.names[(first + 1) % Self.names.count]]
    }

    private mutating func declare(_ request: ClientInterests.Request, isOwn: Bool = false) {
        lastID += 1
        let id = "\(lastID)"
        transcript.append("declare \(id) \(request)")
        if !isOwn { log.append(Entry(request: request)) }
        let actions = interests.declare(request, id, on: isConnected ? .open : .absent)
        let entry = isOwn ? nil : log.count - 1
        if actions.isSent {
            calls[id] = Call(request: request, entry: entry)
            if isOwn { write(id) } else { queue.append(id) }
        } else if let entry {
            log[entry].outcome = .granted
        }
        perform(actions)
    }

    private mutating func giveUpOne() {
        let open = calls.filter { $0.value.entry != nil }.keys.sorted()
        guard !open.isEmpty else { return }
        end(open[random.next(upTo: open.count)], .givenUp)
    }

    /// Repeats compensations that the server has refused.
    private mutating func compensateAgain() {
        guard isConnected, owesCompensation else { return }
        owesCompensation = false
        if let request = interests.compensation(.channels) { declare(request, isOwn: true) }
    }
}

// MARK: - The session's part

extension InterestModel {
    private mutating func perform(_ actions: ClientInterests.Actions) {
        for id in actions.superseded { supersede(id) }
        if let request = actions.request, isConnected { declare(request, isOwn: true) }
    }

    private mutating func supersede(_ id: String) {
        if !queue.contains(id) { problem = problem ?? "\(id) is superseded, and does not wait" }
        end(id, .refused)
    }

    private mutating func end(_ id: String, _ outcome: ClientInterests.Outcome) {
        guard let call = calls.removeValue(forKey: id) else { return }
        transcript.append("end \(id) \(outcome)")
        queue.removeAll { $0 == id }
        if let entry = call.entry { log[entry].outcome = outcome }
        if case .compensate = call.request, outcome == .refused { owesCompensation = true }
        perform(interests.ended(id, outcome))
    }

    private mutating func write(_ id: String) {
        guard let call = calls[id] else { return }
        transcript.append("write \(id)")
        if let entry = call.entry, case .begin(_, let names) = log[entry].request, stillWanted(names, entry).isEmpty {
            problem = problem ?? "\(id) is written although all that it asks for was ended since"
        }
        wire.append((id, call.request))
        interests.wasWritten(id)
    }

    private mutating func writeNext() {
        if isConnected, !queue.isEmpty { write(queue.removeFirst()) }
    }

    private mutating func deliverNext() {
        guard !answers.isEmpty else { return }
        let (id, outcome) = answers.removeFirst()
        end(id, outcome)
    }

    private mutating func disconnect() {
        guard isConnected else { return }
        transcript.append("disconnect")
        isConnected = false
        owesCompensation = false
        let written = calls.keys.filter { !queue.contains($0) }.sorted { Int($0) ?? 0 < Int($1) ?? 0 }
        (wire, answers, server) = ([], [], [])
        let settlement = interests.connectionEnded()
        for id in settlement.own { end(id, .givenUp) }
        for id in settlement.ended { end(id, .granted) }
        // Idempotent requests that were sent are sent again first.
        queue = written.filter { calls[$0] != nil } + queue
        for id in settlement.superseded { supersede(id) }
    }

    private mutating func connect() {
        transcript.append("connect")
        isConnected = true
        if interests.compensation(.channels) != nil { problem = problem ?? "a new connection has something to end" }
        let names = interests.channels
        if !names.isEmpty { declare(.restore(.channels, names), isOwn: true) }
    }
}

// MARK: - The server

extension InterestModel {
    private mutating func takeUpNext(refusing: Bool) {
        guard !wire.isEmpty else { return }
        let (id, request) = wire.removeFirst()
        var isRefused = refusing
        switch request {
        case .restore(_, let names):
            isRefused = false
            server.formUnion(names)
        case .begin(_, let names): if !refusing { server.formUnion(names) }
        case .end(_, let names), .compensate(_, let names):
            if !refusing { if let names { server.subtract(names) } else { server = [] } }
        }
        transcript.append("take up \(id)\(isRefused ? ", refusing" : "")")
        answers.append((id, isRefused ? .refused : .granted))
    }
}
