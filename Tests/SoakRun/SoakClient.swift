import EventLoops
import Webshocket

/// A soak client. It makes calls, opens streams, subscribes to channels, and checks the results.
final class SoakClient: Sendable {
    private static let timeout = Duration.seconds(3)
    /// The time by which a call may exceed its timeout on a busy machine.
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
                ledger.violation("\(name) restored only \(restoration.channels); refused: \(restoration.refused)")
            case .restored, .waiting, .renewed, .renewalFailed, .closed, .sent, .received: break
            }
        }
    }

    /// Runs the client until ``stop()`` has been called and all calls and streams have ended.
    func run() async {
        do {
            try await client.connect(retry: .exponential(base: .milliseconds(200), cap: .milliseconds(500)))
            try await client.subscribe(to: channels)
        } catch {
            return ledger.violation("\(name) could not connect and subscribe: \(error)")
        }
        async let packets: Void = listen()
        async let calls: Void = call()
        async let streams: Void = stream()
        _ = await (packets, calls, streams)
    }

    /// Stops starting new calls and streams.
    func finish() { isDone.withLock { $0 = true } }

    func stop() async {
        finish()
        await client.close()
        observation.cancel()
    }

    private var goesOn: Bool { !isDone.withLock { $0 } }

    /// Receives channel messages until the client is closed, across reconnects.
    private func listen() async {
        var latest: [String: Int] = [:]
        while let packet = try? await client.receive() {
            guard let channel = packet.channel, let number = packet.data?.asInt else {
                ledger.violation("\(name) got an unexpected packet: \(packet)")
                continue
            }
            ledger.note { $0.messages += 1 }
            let before = latest.updateValue(number, forKey: channel) ?? -1
            if number <= before { ledger.violation("\(name) got message \(number) of \(channel) after \(before)") }
        }
        if goesOn { ledger.violation("\(name) stopped receiving before it was closed") }
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
                    ? try await client.response(to: "once", arguments: [.string(id)], timeout: .after(Self.timeout))
                    : try await client.response(
                        to: "add", arguments: [.int(Int64(number)), 1], timeout: .after(Self.timeout), idempotent: true)
                let expected: WireValue = isOnce ? .string(id) : .int(Int64(number) + 1)
                if result.data != expected { ledger.violation("\(id) was answered with \(result)") }
                ledger.note { $0.calls += 1 }
            } catch {
                ledger.note { $0.callsFailed += 1 }
            }
            ledger.end(token, within: Self.timeout + Self.slack, "call \(id)")
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
                    if number != next { ledger.violation("\(name) expected stream element \(next) (got \(number))") }
                    next = number + 1
                }
                if next != count { ledger.violation("\(name) expected \(count) stream elements (got \(next))") }
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
