import Foundation

/// `webshocket serve` with one event loop, in its own process.
final class ServerProcess {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// The memory and processor time that a process uses.
    struct Usage {
        /// The resident memory in bytes.
        let memory: Int
        /// The processor time of all threads, in seconds.
        let processor: Double

        /// Reads `/proc`. Returns nil if it is not available.
        init?(of process: Int32) {
            guard let memory = try? String(contentsOfFile: "/proc/\(process)/statm", encoding: .ascii),
                let times = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .ascii),
                let pages = Int(memory.split(separator: " ")[1])
            else { return nil }
            // The process name is in parentheses, and may contain any characters.
            let fields = times[(times.lastIndex(of: ")") ?? times.startIndex)...].split(separator: " ")
            self.memory = pages * sysconf(Int32(_SC_PAGESIZE))
            processor = (Double(fields[12]) ?? 0) / 100 + (Double(fields[13]) ?? 0) / 100
        }
    }

    private let process = Process()
    let port: UInt16

    init(_ plan: Plan) throws {
        let output = Pipe()
        let words =
            Cores.command(on: .server) + [
                plan.server, "serve", "--port", "0", "--loops", "1", "--slow-consumers", plan.policy,
            ]
        process.executableURL = URL(filePath: words[0])
        process.arguments = Array(words.dropFirst())
        process.standardOutput = output
        try process.run()
        Orphanage.adopt(process.processIdentifier)
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self).prefix { !$0.isNewline }
        guard let word = line.split(separator: ":").last, let port = UInt16(word.trimming { $0.isWhitespace }) else {
            process.terminate()
            throw Failure(description: "\(plan.server) must print its port (got '\(line)')")
        }
        self.port = port
    }

    var identifier: Int32 { process.processIdentifier }
    var usage: Usage? { Usage(of: identifier) }

    func end() {
        process.terminate()
        process.waitUntilExit()
        Orphanage.forget()
    }
}

extension Substring {
    fileprivate func trimming(_ isUnwanted: (Character) -> Bool) -> String {
        String(drop(while: isUnwanted).reversed().drop(while: isUnwanted).reversed())
    }
}
