import EventLoops
import Synchronization
import Webshocket

/// One who does random things to a directory and to a model, and compares the two.
///
/// It acts from off the loops and from on them, a batch of steps at a time; a batch on a loop is waited for. So a loop
/// comes to what the driver does in its order, and what each member gets is determined. With one exception, which the
/// driver keeps clear of (``isHasty(_:_:at:)``): a loop that learns of a subscription looks how things stand by then.
struct ModelDriver {
    static let cap = 7
    static let mostMembers = 7

    let number: Int
    let directory: Directory<ModelMember>
    let loops: [EventLoop]
    let account: DirectoryAccount
    let selectors: [ChannelSelector]
    let sharedSelectors: [ChannelSelector]
    let channels: [String]
    let delivered = Tally()

    var random: SplitMix
    var model: DirectoryModel
    var members: [ModelMember] = []
    var lastID: UInt64 = 0
    /// What each loop has not yet come to, of whom and of which name.
    var unsettled: [Set<Change>]
    var turn = 0
    var sharedLetters = 0
    private(set) var steps = 0
    /// Where directory and model have come apart.
    private(set) var problem: String?

    struct Change: Hashable {
        let id: UInt64
        let name: String
    }

    init(
        _ number: Int, seed: UInt64, directory: Directory<ModelMember>, loops: [EventLoop], shared: [String] = []
    ) {
        self.number = number
        self.directory = directory
        self.loops = loops
        random = SplitMix(state: seed)
        unsettled = loops.map { _ in [] }
        let prefix = "driver\(number)"
        channels = ["a.1", "a.2", "b.1", "b.2", "c", "d.1.x"].map { "\(prefix).\($0)" }
        let patterns = ["a.*", "b.*", "*.1", "**", "d.**"].map { "\(prefix).\($0)" }
        account = DirectoryAccount(names: channels + patterns, sharedNames: shared)
        selectors = (channels + patterns).map(ChannelSelector.init(known:))
        model = DirectoryModel(selectors: selectors, names: channels)
        sharedSelectors = shared.map(ChannelSelector.init(known:))
    }

    // MARK: - Batches

    /// Where the next steps are to be taken: on a loop, or off all of them.
    mutating func pickPlace() -> Int? {
        let place = random.next(upTo: loops.count + 1)
        return place < loops.count ? place : nil
    }

    /// Takes some steps.
    /// - Parameter place: the loop that runs this; nil off the loops.
    mutating func run(at place: Int?, atMost limit: Int) {
        if let place {
            unsettled[place].removeAll(keepingCapacity: true)
            for member in members where member.loop === loops[place] { close(member) }
        }
        for _ in 0..<min(random.next(upTo: 80) + 1, limit) {
            guard problem == nil, step(at: place) else { return }
            steps += 1
        }
    }

    /// Compares what a loop's members got with what they were to get; on that loop.
    mutating func compareLetters(at place: Int) {
        for member in members where member.loop === loops[place] { compareLetters(of: member) }
    }

    /// Compares all else, once all loops have done what they were told.
    mutating func compareAccounts() {
        let mine = members.map(\.id)
        let seen = directory.roster.withLock { account.of($0, people: mine) }
        for (seen, expected) in zip(seen, account.of(model)) where seen != expected {
            complain("\(seen) instead of \(expected)")
        }
        let count = delivered.count
        if count != model.delivered { complain("\(count) letters reported, not \(model.delivered)") }
    }

    /// Disconnects whoever is left on a loop; on that loop.
    mutating func finish(at place: Int) {
        for member in members where member.loop === loops[place] { disconnect(member) }
    }

    mutating func compareLetters(of member: ModelMember) {
        let (got, expected) = (member.box.takeOwn(), model.takeReceived(of: member.id))
        if got != expected { complain("\(member.id) got \(difference(got, expected))") }
        if let complaint = member.box.complaints.first { complain("\(member.id) \(complaint)") }
    }

    private func difference(_ got: [UInt64], _ expected: [UInt64]) -> String {
        let same = zip(got, expected).prefix { $0 == $1 }.count
        let (got, expected) = (got.dropFirst(same), expected.dropFirst(same))
        return "\(got.prefix(3).map(Letter.init(bits:))) instead of \(expected.prefix(3).map(Letter.init(bits:)))"
    }

    mutating func complain(_ text: String) {
        if problem == nil { problem = text }
    }
}

/// Counts what loops report.
final class Tally: Sendable {
    private let total = Atomic(0)

    var count: Int { total.load(ordering: .relaxed) }

    func add(_ count: Int) { total.add(count, ordering: .relaxed) }
}
