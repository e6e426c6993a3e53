import BlockingPeers
import EventLoops
import Foundation
import Testing
import Webshocket

/// Over Unix-domain sockets, which have small buffers of a known size. The bodies have increasing sizes,
/// so that some of them end in the server's queue.
@Suite("A response that is not read", .timeLimit(.minutes(5)))
struct UnreadAnswerTests {
    private static let sizes = (0..<24).map { 60_000 + $0 * 20_000 }
    private let asked = Collected<String>()

    private func withPages(_ body: (WebSocketServer, String) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "u\(UInt32.random(in: 0 ... .max)).sock").path
        var configuration = ServerConfiguration.plain
        configuration.timeouts.close = .seconds(3_600)
        let server = WebSocketServer(unixSocket: path, configuration: configuration) {
            HTTPRoute("/sized") { [asked] request in
                asked.append(request.query ?? "")
                return HTTPResponse(body: [UInt8](repeating: 7, count: Int(request.query ?? "") ?? 0))
            }
            HTTPRoute("/nap") { _ in
                try? await Task.sleep(for: .seconds(3))
                return .text("rested")
            }
        }
        try await withServer(server) { try await body($0, path) }
    }

    @Test("does not delay a shutdown past its time limit, however little of it is left")
    func shutdown() async throws {
        try await withPages { server, path in
            let peers = try await BlockingPeer.aside {
                try Self.sizes.map { size in
                    let peer = try BlockingPeer(unixSocket: path)
                    try peer.send(HTTPPeer.head("GET", "/sized?\(size)", ["Connection: close"]))
                    return peer
                }
            }
            await asked.wait(count: peers.count)
            // Returns, although a peer has an hour to read.
            await server.stop(within: .milliseconds(500))
            withExtendedLifetime(peers) {}
        }
    }

    @Test("is delivered even if the peer has ended its side while a later page is pending")
    func behind() async throws {
        try await withPages { _, path in
            // Each peer is read to its end before the next one, which takes more than a second.
            let sizes = Self.sizes.filter { $0.isMultiple(of: 80_000) }
            let missing = try await BlockingPeer.aside {
                let peers = try sizes.map { size in
                    let peer = try BlockingPeer(unixSocket: path)
                    try peer.send(HTTPPeer.head("GET", "/sized?\(size)") + HTTPPeer.head("GET", "/nap"))
                    peer.end()
                    return peer
                }
                Thread.sleep(forTimeInterval: 1)
                return zip(sizes, peers).filter { size, peer in (peer.receive(.max) ?? 0) < size }.map(\.0)
            }
            #expect(missing == [])
        }
    }

    @Test("does not prevent responses to later requests, even if the peer has ended its side")
    func pipelined() async throws {
        try await withPages { _, path in
            let tails = try await BlockingPeer.aside {
                let peers = try [3_000_000, 300_000].map { size in
                    let peer = try BlockingPeer(unixSocket: path)
                    let head = HTTPPeer.head("GET", "/sized?\(size)")
                    try peer.send(head + head + HTTPPeer.head("GET", "/nowhere"))
                    peer.end()
                    return peer
                }
                // The server notices within a second that a peer has ended its side, even while it does not read.
                Thread.sleep(forTimeInterval: 2.5)
                return peers.map { peer in
                    _ = peer.receive(.max)
                    return String(decoding: peer.tail, as: UTF8.self)
                }
            }
            #expect(tails.allSatisfy { $0.hasSuffix("Not found.\n") }, "\(tails)")
        }
    }
}
