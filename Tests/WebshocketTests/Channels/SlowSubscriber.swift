import EventLoops
import Testing
import Webshocket

/// A subscriber that reads nothing until requested. More data is queued to it than the kernel buffers.
struct SlowSubscriber {
    /// A message that exceeds the kernel's default buffers: 4 MiB at the sender, and 6 MiB at the receiver.
    private static let filler = SharedMessage.sized(33_554_432)

    let raw: RawPeer
    let connection: Connection

    /// - Parameter channel: The channel that it subscribes to.
    init(_ server: WebSocketServer, on channel: String = "c") async throws {
        let before = Set(server.hub.connections.map(\.id))
        raw = try await RawPeer(port: server.port, reads: false)
        raw.send(RawFrame.upgrade)
        var arrived: Connection?
        while arrived?.state != .open {
            arrived = server.hub.connections.first { !before.contains($0.id) }
            try await Task.sleep(for: .milliseconds(2))
        }
        connection = try #require(arrived)
        #expect(await connection.deliver(Self.filler) == .sent)
        try #require(await connection.queuedBytes > 1_048_576)
        try connection.subscribe(to: channel)
    }

    /// Starts reading.
    /// - Returns: The texts after the filler that were sent before this call.
    func textsUpToNow() async -> [String] {
        connection.send(.text("the-end"))
        return await textsUpTo("the-end").filter { $0 != "the-end" }
    }

    /// - Returns: The texts after the filler, up to and including `end`.
    func textsUpTo(_ end: String) async -> [String] {
        raw.resumeReading()
        return RawFrame.texts(of: await raw.received { RawFrame.tail(of: $0, 64, has: end) })
    }

    /// The text of a published number.
    static func text(_ number: Int, channel: String = "c") -> String {
        #"{"source":2,"data":\#(number),"channel":"\#(channel)"}"#
    }
}
