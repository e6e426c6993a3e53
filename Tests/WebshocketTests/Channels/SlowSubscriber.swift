import EventLoops
import Testing
import Webshocket

/// A subscriber that reads nothing until it is told to, and to which more is on its way than the system takes.
struct SlowSubscriber {
    /// More than the kernel's buffers hold by default: 4 MiB of the sender, and 6 MiB of the receiver.
    private static let filler = SharedMessage.sized(33_554_432)

    let raw: RawPeer
    let connection: Connection

    /// - Parameter channel: what it is subscribed to.
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

    /// Lets it read.
    /// - Returns: what has come behind the filler, up to a text that is sent to it now.
    func textsUpToNow() async -> [String] {
        connection.send(.text("the-end"))
        return await textsUpTo("the-end").filter { $0 != "the-end" }
    }

    /// - Returns: what has come behind the filler, up to some text.
    func textsUpTo(_ end: String) async -> [String] {
        raw.resumeReading()
        return RawFrame.texts(of: await raw.received { RawFrame.tail(of: $0, 64, has: end) })
    }

    /// What a publication of a number looks like to it.
    static func text(_ number: Int, channel: String = "c") -> String {
        #"{"source":2,"data":\#(number),"channel":"\#(channel)"}"#
    }
}
