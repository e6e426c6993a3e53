import Foundation

/// `webshocket serve` as a process of its own.
final class ServedCommand {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let process = Process()
    let port: Int

    /// - Parameter port: 0 for any.
    init(_ executable: String, port: Int) throws {
        let output = Pipe()
        process.executableURL = URL(filePath: executable)
        process.arguments = ["serve", "--port", String(port)]
        process.standardOutput = output
        try process.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self).prefix { !$0.isNewline }
        guard let word = line.split(separator: ":").last, let number = Int(word.filter(\.isNumber)) else {
            process.terminate()
            throw Failure(description: "\(executable) does not serve: it says '\(line)'")
        }
        self.port = number
    }

    /// Ends it at once, or as a service manager does, and returns when it has ended.
    func end(gracefully: Bool) {
        if gracefully { process.terminate() } else { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }
}
