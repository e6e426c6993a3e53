import Foundation

/// `webshocket serve` in its own process.
final class ServedCommand {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let process = Process()
    let port: Int

    /// Starts the command and waits until it listens.
    ///
    /// - Parameter port: The port to listen on; 0 for any free port.
    init(_ executable: String, port: Int) throws {
        let output = Pipe()
        process.executableURL = URL(filePath: executable)
        process.arguments = ["serve", "--port", String(port)]
        process.standardOutput = output
        try process.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self).prefix { !$0.isNewline }
        guard let word = line.split(separator: ":").last, let number = Int(word.filter(\.isNumber)) else {
            process.terminate()
            throw Failure(description: "\(executable) must print its port (got '\(line)')")
        }
        self.port = number
    }

    /// Ends the process with SIGTERM or SIGKILL, and waits until it has exited.
    func end(gracefully: Bool) {
        if gracefully { process.terminate() } else { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }
}
