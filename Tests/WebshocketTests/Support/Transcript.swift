import Foundation

/// An example of a document: the lines that a client sends, and the server's answers.
struct Transcript: Sendable, CustomStringConvertible {
    enum Wire: String, Sendable {
        case http, json
        case messagePack = "messagepack"
    }

    /// The lines sent before an answer, and the lines received in return.
    struct Exchange: Sendable {
        var sent: [String] = []
        var received: [String] = []
    }

    let document: String
    let wire: Wire
    /// The path that the client connects to. In HTTP transcripts, the request line has the path.
    let path: String
    let line: Int
    var exchanges: [Exchange] = []

    var description: String { "\(document):\(line) (\(wire.rawValue))" }

    /// The transcripts of all documents.
    static func all() throws -> [Transcript] { try Document.all().flatMap(all) }

    /// Parses each block that starts with "```transcript", the name of a wire and, unless it is `/`, a path.
    static func all(in document: Document) throws -> [Transcript] {
        var transcripts: [Transcript] = []
        var isInside = false
        for (number, line) in document.text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.hasPrefix("```transcript ") {
                let words = line.split(separator: " ").dropFirst().map(String.init)
                guard let name = words.first, let wire = Wire(rawValue: name), words.count <= 2 else {
                    throw Malformed(line: number + 1)
                }
                let path = words.count > 1 ? words[1] : "/"
                transcripts.append(Transcript(document: document.path, wire: wire, path: path, line: number + 1))
                isInside = true
            } else if line.hasPrefix("```") {
                isInside = false
            } else if isInside {
                try transcripts[transcripts.count - 1].add(line, number: number + 1)
            }
        }
        return transcripts
    }

    private mutating func add(_ line: Substring, number: Int) throws {
        let content = String(line.dropFirst().drop { $0 == " " })
        switch line.first {
        case "→":
            if exchanges.last.map({ !$0.received.isEmpty }) ?? true { exchanges.append(Exchange()) }
            exchanges[exchanges.count - 1].sent.append(content)
        case "←" where !exchanges.isEmpty:
            exchanges[exchanges.count - 1].received.append(content)
        default: throw Malformed(line: number)
        }
    }

    struct Malformed: Error {
        let line: Int
    }
}

extension String {
    /// The bytes of a hexadecimal string. Other characters are ignored.
    var bytesFromHex: [UInt8] {
        let digits = compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
