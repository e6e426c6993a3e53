import EventLoops
import Webshocket

/// One client of a soak: it calls, streams and listens, and checks what it gets.
final class SoakClient: Sendable {
    private static let timeout = Duration.seconds(3)
    /// What a call may take longer than its timeout, on a machine that has other things to do.
    private static let slack = Duration.seconds(5)

    private let name: String
    private let channels: [String]
    private let ledger: Ledger
    private let client: WebSocketClient
    private let observation: ClientObservation
    private let isDone = Locked(false)

    init(_ name: String, url: String, channels: [String], configuration: ClientConfiguration, ledger: Ledger) {
        self.name = name
        self.channels = channels
        self.ledger = ledger
        client = WebSocketClient(url, configuration: configuration)
        observation = client.observe { event in
            switch event {
            case .connecting: ledger.note { $0.attempts += 1 }
            case .open: ledger.note { $0.connects += 1 }
            case .restored(let restoration) where !restoration.refused.isEmpty || restoration.channels != channels:
                ledger.violation("\(name) hears of \(restoration.channels) only, not of \(restoration.refused)")
            case .restored, .waiting, .renewed, .renewalFailed, .closed, .sent, .received: break
            }
        }
    }

    /// Returns when ``stop()`` was called and all has ended.
    func run() async {
        do {
            try await client.connect(retry: .exponential(base: .milliseconds(200), cap: .milliseconds(500)))
            try await client.subscribe(to: channels)
        } catch {
            return ledger.violation("\(name) could not begin: \(error)")
        }
        async let packets: Void = listen()
        async let calls: Void = call()
        async let streams: Void = stream()
        _ = await (packets, calls, streams)
    }

    /// Has it begin nothing more.
    func finish() { isDone.withLock { $0 = true } }

    func stop() async {
        finish()
        await client.close()
        observation.cancel()
    }

    private var goesOn: Bool { !isDone.withLock { $0 } }

    /// To the end of the client: it hears on through every connection.
    private func listen() async {
        var latest: [String: Int] = [:]
        while let packet = try? await client.receive() {
            guard let channel = packet.channel, let number = packet.data?.asInt else {
                ledger.violation("\(name) got a packet that nobody sent: \(packet)")
                continue
            }
            ledger.note { $0.messages += 1 }
            let before = latest.updateValue(number, forKey: channel) ?? -1
            if number <= before { ledger.violation("\(name) got \(number) of \(channel) behind \(before)") }
        }
        if goesOn { ledger.violation("\(name) hears no more, and was not closed") }
    }

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
                    ? try await client.sendRPC("once", arguments: [.string(id)], timeout: .after(Self.timeout))
                    : try await client.sendRPC(
                        "add", arguments: [.int(Int64(number)), 1], timeout: .after(Self.timeout), idempotent: true)
                let expected: WireValue = isOnce ? .string(id) : .int(Int64(number) + 1)
                if result.data != expected { ledger.violation("\(id) was answered with \(result)") }
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
