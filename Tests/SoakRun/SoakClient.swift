import EventLoops
import Webshocket

/// One client of a soak: it calls, streams and listens, and checks what it gets.
final class SoakClient: Sendable {
    private static let timeout = Duration.seconds(3)
    /// What a call may take longer than its timeout, on a machine that has other things to do.
    private static let slack = Duration.seconds(5)

    private let name: String
    private let ledger: Ledger
    private let peer: any SoakPeer
    private let isDone = Locked(false)

    init(_ name: String, url: String, channels: [String], ledger: Ledger) {
        self.name = name
        self.ledger = ledger
        let latest = Locked<[String: Int]>([:])
        var settings = SoakPeerSettings(url: url)
        settings.channels = channels
        settings.onAttempt = { ledger.note { $0.attempts += 1 } }
        settings.onConnect = { ledger.note { $0.connects += 1 } }
        settings.onPacket = { packet in
            guard let channel = packet.channel, let number = packet.data?.asInt else {
                return ledger.violation("\(name) got a packet that nobody sent: \(packet)")
            }
            ledger.note { $0.messages += 1 }
            let before = latest.withLock { $0.updateValue(number, forKey: channel) } ?? -1
            if number <= before { ledger.violation("\(name) got \(number) of \(channel) behind \(before)") }
        }
        peer = HandPeer(settings)
    }

    /// Returns when ``stop()`` was called and all has ended.
    func run() async {
        async let connection: Void = peer.run()
        async let calls: Void = call()
        async let streams: Void = stream()
        _ = await (connection, calls, streams)
    }

    /// Has it begin nothing more.
    func finish() { isDone.withLock { $0 = true } }

    func stop() async {
        finish()
        await peer.stop()
    }

    private var goesOn: Bool { !isDone.withLock { $0 } }

    private func call() async {
        var number = 0
        while goesOn {
            number += 1
            let id = "\(name)-\(number)"
            let isOnce = number % 2 == 0
            let token = ledger.begin()
            do {
                let result =
                    isOnce
                    ? try await peer.call("once", [.string(id)], within: Self.timeout, isIdempotent: false)
                    : try await peer.call("add", [.int(Int64(number)), 1], within: Self.timeout, isIdempotent: true)
                let expected: Value = isOnce ? .string(id) : .int(Int64(number) + 1)
                if result != expected { ledger.violation("\(id) was answered with \(result)") }
                ledger.note { $0.calls += 1 }
            } catch {
                ledger.note { $0.callsFailed += 1 }
            }
            ledger.end(token, within: Self.timeout + Self.slack, "the call \(id)")
            try? await Task.sleep(for: .milliseconds(Int.random(in: 1...100)))
        }
    }

    private func stream() async {
        while goesOn {
            let count = Int.random(in: 1...50)
            let token = ledger.begin()
            var next = 0
            do {
                let client = try await peer.client(within: Self.timeout)
                for try await number in client.streamRPC("count", count, timeout: .after(Self.timeout), as: Int.self) {
                    if number != next { ledger.violation("\(name) got element \(number) of a stream for \(next)") }
                    next = number + 1
                }
                if next != count { ledger.violation("\(name) got \(next) elements of a stream of \(count)") }
                ledger.note { $0.streams += 1 }
            } catch {
                ledger.note { $0.streamsFailed += 1 }
            }
            let elements = next
            ledger.note { $0.elements += elements }
            ledger.end(token, within: Self.timeout * 2 + Self.slack, "a stream of \(name)")
            try? await Task.sleep(for: .milliseconds(Int.random(in: 50...500)))
        }
    }
}
