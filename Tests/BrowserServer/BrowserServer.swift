import Foundation
import Webshocket

/// The server for tests of the JavaScript client in Node and in browsers.
@main
struct BrowserServer {
    struct Misuse: Error, CustomStringConvertible {
        let description = """
            usage: browser-test-server [--port PORT] [--patterns segments|globs] [--json-frames text|binary]
                [--ends-with-input yes]
            """
    }

    static func main() async throws {
        var configuration = ServerConfiguration()
        // The pages of the tests may have any origin.
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
            case ("--ends-with-input", "yes"):
                // The server exits when its input ends, even if the test could not end it.
                Thread.detachNewThread {
                    while readLine() != nil {}
                    exit(0)
                }
            case ("--json-frames", let text?):
                guard let frames = ServerConfiguration.JSONFrames(rawValue: text) else { throw Misuse() }
                configuration.jsonFrames = frames
            default: throw Misuse()
            }
        }
        let counters = Counters()
        let server = WebSocketServer(host: "127.0.0.1", port: port, configuration: configuration) {
            WebSocketRoute("/", BrowserHandler(counters: counters))
            WebSocketRoute("/members", BrowserHandler(counters: counters, takesTokens: true))
        }
        // `print` is not used, because it buffers its output in a pipe.
        try await server.serve { FileHandle.standardOutput.write(Data("Serving \(server.url)\n".utf8)) }
    }
}
