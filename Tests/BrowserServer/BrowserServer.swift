import Foundation
import Webshocket

/// A server with everything that the tests of the JavaScript client ask for, in Node and in browsers.
@main
struct BrowserServer {
    struct Misuse: Error, CustomStringConvertible {
        let description = """
            usage: browser-test-server [--port PORT] [--patterns segments|globs] [--json-frames text|binary]
            """
    }

    static func main() async throws {
        var configuration = ServerConfiguration()
        // Whoever runs a test may have its page from anywhere.
        configuration.origins = .any
        var port = 0
        var words = CommandLine.arguments.dropFirst()
        while let option = words.popFirst() {
            switch (option, words.popFirst()) {
            case ("--port", let text?):
                guard let number = Int(text) else { throw Misuse() }
                port = number
            case ("--patterns", "segments"): configuration.patterns = .segments
            case ("--patterns", "globs"): configuration.patterns = .globs
            case ("--json-frames", let text?):
                guard let frames = ServerConfiguration.JSONFrames(rawValue: text) else { throw Misuse() }
                configuration.jsonFrames = frames
            default: throw Misuse()
            }
        }
        let counters = Counters()
        let server = WebSocketServer(host: "127.0.0.1", port: port, configuration: configuration) {
            Route("/", BrowserHandler(counters: counters))
            Route("/members", BrowserHandler(counters: counters, takesTokens: true))
        }
        // Not by `print`, which keeps it where nobody reads it yet.
        try await server.run { FileHandle.standardOutput.write(Data("Serving \(server.url)\n".utf8)) }
    }
}
