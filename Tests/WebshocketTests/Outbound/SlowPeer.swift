import EventLoops
import Foundation
import Testing
import Webshocket

/// The handler of a slow peer.
final class SlowPeerHandler: WebSocketHandler {
    let access = Access.everyone
    let connections = Collected<Connection>()
    let closures = Collected<ConnectionClosure>()
    let marks = Collected<Int>()
    let ended = Gate()

    nonisolated(nonsending) func onConnect(_ connection: Connection) async throws {
        connections.append(connection)
    }

    nonisolated(nonsending) func onDisconnect(_ connection: Connection, closure: ConnectionClosure) async {
        closures.append(closure)
        ended.open()
    }

    func mark(_ connection: Connection, number: Int) -> Int {
        marks.append(number)
        return number
    }

    func echo(_ connection: Connection, text: String) -> String { text }

    /// Sends, publishes to itself, yields, sends, and replies.
    func mixed(_ connection: Connection, name: String) async -> String {
        connection.send(.text("\(name)-sent"))
        _ = await connection.deliver(.numbered("\(name)-published"), channel: name, policy: .keepLatest)
        await Task.yield()
        connection.send(.text("\(name)-sent-again"))
        marks.append(0)
        return "\(name)-done"
    }

    /// Sends and replies without yielding.
    func quick(_ connection: Connection, name: String) -> String {
        connection.send(.text("\(name)-sent"))
        marks.append(0)
        return "\(name)-done"
    }

    /// A stream that queues more messages with each element than can be sent at a time.
    func flooded(_ connection: Connection, n: Int) -> AsyncStream<Int> {
        let numbers = Locked((0..<n).makeIterator())
        let message = SharedMessage.sized(60_000)
        return AsyncStream {
            for _ in 0..<10 { _ = await connection.deliver(message, channel: "c", policy: .dropOldest) }
            return numbers.withLock { $0.next() }
        }
    }

    var methods: RPCMethods {
        RPCMethod("flooded", flooded)
        RPCMethod("mark", mark)
        RPCMethod("echo", echo)
        RPCMethod("mixed", mixed)
        RPCMethod("quick", quick)
    }
}

/// A peer that reads nothing until told to, with more data in flight than the operating system buffers.
struct SlowPeer {
    /// More than the kernel's buffers hold by default: 4 MiB of the sender, and 6 MiB of the receiver.
    static let fillerSize = 33_554_432
    private static let filler = SharedMessage.sized(fillerSize)

    let raw: RawPeer
    let connection: Connection
    let handler: SlowPeerHandler
    let server: WebSocketServer

    static func connected(
        _ configuration: ServerConfiguration = .quiet, _ body: (SlowPeer) async throws -> Void
    ) async throws {
        let handler = SlowPeerHandler()
        try await withServer(handler, configuration) { server in
            let raw = try await RawPeer(port: server.port, reads: false)
            raw.send(RawFrame.upgrade)
            await handler.connections.wait(count: 1)
            let connection = try #require(handler.connections.values.first)
            #expect(await connection.deliver(filler) == .sent)
            try #require(await connection.queuedBytes > 1_048_576)
            try await body(SlowPeer(raw: raw, connection: connection, handler: handler, server: server))
            raw.close()
        }
    }

    /// Publishes numbers to the peer, one after the other.
    @discardableResult
    func publish(
        _ numbers: Range<Int>, on channel: String? = "c", _ policy: SlowConsumerPolicy?, isAwaited: Bool = false
    ) async -> [DeliveryOutcome] {
        var outcomes: [DeliveryOutcome] = []
        for number in numbers {
            outcomes.append(
                await connection.deliver(.numbered(number), channel: channel, policy: policy, isAwaited: isAwaited))
        }
        return outcomes
    }

    /// Makes the peer read up to a message that is sent to it now.
    /// - Returns: The texts after the filler, without padding.
    func textsUpToNow() async -> [String] {
        connection.send(.text("the-end"))
        raw.resumeReading()
        let bytes = await raw.received { RawFrame.tail(of: $0, 20, has: "the-end") }
        return RawFrame.texts(of: bytes).filter { $0 != "the-end" }
    }

    /// Makes the peer read up to a close frame.
    /// - Returns: The texts after the filler, without padding.
    func textsUpToClose(_ reason: String) async -> [String] {
        raw.resumeReading()
        return RawFrame.texts(of: await raw.received { RawFrame.tail(of: $0, 20, has: reason) })
    }
}

extension RawFrame {
    /// Whether the last bytes contain a text. It is fast, because it is called for every read.
    static func tail(of bytes: [UInt8], _ count: Int, has text: String) -> Bool {
        Data(bytes.suffix(count)).range(of: Data(text.utf8)) != nil
    }

    /// The frames after the upgrade response, without those of 64 KiB and more.
    static func frames(of bytes: [UInt8]) -> [(opcode: UInt8, payload: ArraySlice<UInt8>)] {
        var frames: [(opcode: UInt8, payload: ArraySlice<UInt8>)] = []
        var rest = bytes.dropFirst(bytes.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound ?? 0)
        while rest.count >= 2 {
            let (opcode, short) = (rest[rest.startIndex] & 15, Int(rest[rest.startIndex + 1]))
            rest = rest.dropFirst(2)
            let extra = short == 127 ? 8 : short == 126 ? 2 : 0
            let length = extra == 0 ? short : rest.prefix(extra).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(extra)
            if length < 65_536 { frames.append((opcode, rest.prefix(length))) }
            rest = rest.dropFirst(length)
        }
        return frames
    }

    /// The payloads of the frames, each up to the first space. A close frame yields its code and its reason.
    static func texts(of bytes: [UInt8]) -> [String] {
        frames(of: bytes).map { opcode, payload in
            guard opcode == 8 else { return String(decoding: payload.prefix { $0 != 0x20 }, as: UTF8.self) }
            let code = payload.prefix(2).reduce(0) { $0 << 8 | Int($1) }
            return "\(code) \(String(decoding: payload.dropFirst(2), as: UTF8.self))"
        }
        .filter { !$0.isEmpty }
    }
}

extension SlowConsumerStatistics {
    /// The numbers of dropped messages, replaced messages and disconnections.
    var counts: [Int] { [droppedMessages, replacedMessages, disconnections] }
}

extension ServerConfiguration {
    /// A quiet configuration with room for ten of the numbered messages, in addition to the socket's buffer.
    static var narrow: ServerConfiguration {
        var configuration = quiet
        configuration.limits.outboundQueue = 1_000
        return configuration
    }
}
