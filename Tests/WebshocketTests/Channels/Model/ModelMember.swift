import EventLoops
import Webshocket

/// A publication of a model test: a number of eight bytes that identifies the publisher and the position in its
/// sequence.
struct Letter: Hashable, CustomStringConvertible {
    var driver: Int
    /// Whether it is published to shared channels.
    var isShared = false
    /// The number of earlier publications of the driver.
    var turn: Int
    /// The index of the channel in the publication.
    var part = 0

    var bits: UInt64 {
        UInt64(turn) << 16 | UInt64(part) << 8 | UInt64(driver) << 1 | (isShared ? 1 : 0)
    }

    init(driver: Int, isShared: Bool = false, turn: Int) {
        self.driver = driver
        self.isShared = isShared
        self.turn = turn
    }

    init(bits: UInt64) {
        turn = Int(bits >> 16)
        part = Int(bits >> 8 & 0xFF)
        driver = Int(bits >> 1 & 0x7F)
        isShared = bits & 1 == 1
    }

    var message: SharedMessage {
        SharedMessage(.binary) { buffer in
            withUnsafeBytes(of: bits) { buffer.append(contentsOf: $0) }
        }
    }

    var description: String { "\(driver)\(isShared ? "s" : "").\(turn)/\(part)" }
}

/// A member of a directory that receives letters on its loop.
final class ModelMember: DirectoryMember {
    /// The state that is confined to the member's loop.
    final class Mailbox: Recipient {
        fileprivate(set) var seat: Seat?
        /// The former seat; nil after it was freed.
        fileprivate(set) weak var formerSeat: Seat?
        private let driver: Int
        /// The received letters of the member's own driver, in order.
        private(set) var own: [UInt64] = []
        /// The turn of each driver's last letter.
        private var turns: [Int: Int] = [:]
        /// The number of letters on shared channels from each driver.
        private(set) var sharedCounts: [Int: Int] = [:]
        /// The shared channels from which no letter may arrive.
        var closed: Set<String> = []
        private(set) var complaints: [String] = []

        init(driver: Int) { self.driver = driver }

        func satisfies(_ predicate: SessionCondition) -> Bool { true }

        func deliver(
            _ message: SharedMessage, channel: String?, policy: SlowConsumerPolicy?, isAwaited: Bool
        ) -> DeliveryOutcome {
            let letter = Letter(bits: message.withPayload { $0.loadUnaligned(as: UInt64.self) })
            if seat == nil { complaints.append("got \(letter) after its end") }
            if letter.turn <= turns[letter.driver, default: -1] { complaints.append("got \(letter) late, or twice") }
            turns[letter.driver] = letter.turn
            if let channel, closed.contains(channel) { complaints.append("got \(letter) of \(channel), which it left") }
            if letter.isShared { sharedCounts[letter.driver, default: 0] += 1 }
            if letter.driver == driver, !letter.isShared { own.append(letter.bits) }
            return .sent
        }

        func whenRoom(atMost time: Duration, _ resume: @escaping () -> Void) { resume() }

        func takeOwn() -> [UInt64] {
            defer { own.removeAll(keepingCapacity: true) }
            return own
        }
    }

    let id: UInt64
    let loop: EventLoop
    private let mailbox: LoopBound<Mailbox>

    init(_ id: UInt64, on loop: EventLoop, driver: Int) {
        self.id = id
        self.loop = loop
        mailbox = LoopBound(Mailbox(driver: driver), loop: loop)
    }

    // MARK: - On the member's loop

    var seat: Seat? { mailbox.value.seat }
    var box: Mailbox { mailbox.value }

    func enter(_ directory: Directory<ModelMember>) {
        let box = box
        let seat = Seat(id: id, form: .values, recipient: box)
        box.seat = seat
        directory.add(self, seat)
    }

    /// - Returns: The member's subscriptions and rooms.
    func leave(_ directory: Directory<ModelMember>) -> (subscriptions: Set<String>, rooms: Set<String>) {
        guard let seat = box.seat.take() else { return ([], []) }
        box.formerSeat = seat
        let left = directory.remove(self, seat)
        return (Set(left.subscriptions), Set(left.rooms))
    }
}
