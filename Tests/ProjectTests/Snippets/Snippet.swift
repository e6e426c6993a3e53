import Testing

/// A fenced block of a document, and the comment above it that names its test.
struct Snippet: Sendable, CustomTestStringConvertible {
    let document: String
    let line: Int
    /// The words after the fence, such as `swift` or `transcript json`.
    let language: String
    /// The content of the comment directly above the block; nil if there is none.
    let mark: String?
    var text = ""

    var testDescription: String { "\(document):\(line) (\(language), \(mark ?? "no mark"))" }

    /// All snippets of the package's documents.
    static func all() throws -> [Snippet] {
        try SourceTree.files(extensions: ["md"]).flatMap { all(in: $0.text, of: $0.path) }
    }

    /// The snippets of a language, in the order of the documents.
    static func all(language: String) throws -> [Snippet] { try all().filter { $0.language == language } }

    static func all(in text: String, of document: String) -> [Snippet] {
        var snippets: [Snippet] = []
        var isInside = false
        var previous: Substring = ""
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.hasPrefix("```") {
                isInside.toggle()
                if isInside {
                    let language = String(line.dropFirst(3))
                    let mark = previous.wholeMatch(of: /<!-- (.*) -->/).map { String($0.1) }
                    snippets.append(Snippet(document: document, line: number + 1, language: language, mark: mark))
                }
            } else if isInside {
                snippets[snippets.count - 1].text += line + "\n"
            }
            previous = line
        }
        return snippets
    }

    /// The file that tests the snippet, and a text that it must contain; nil if there is no test for this kind of
    /// snippet. A path that ends with "+" means one of the files whose paths start with it.
    var test: (files: String, text: String)? {
        let mark = mark ?? ""
        let path = mark.hasPrefix("part of ") ? mark.dropFirst("part of ".count) : mark[...]
        return switch (language, mark) {
        case ("transcript http", ""), ("transcript json", ""), ("transcript json /members", ""),
            ("transcript messagepack", ""):
            ("Tests/WebshocketTests/DocumentTests.swift", "Transcript.all()")
        case ("swift", _) where mark.hasPrefix("compiled: "):
            ("Tests/WebshocketTests/DocumentTests+", "func \(mark.dropFirst("compiled: ".count))(")
        case ("swift", _) where mark.hasPrefix("built: "): ("Tests/Package/build-dependent", "'\(mark)'")
        // These are built and run, or read by the proxies, as part of the file.
        case ("swift", _) where path.hasSuffix(".swift"), ("nginx", _), ("haproxy", _), ("ini", _):
            (String(path), text)
        case ("json", _) where mark.hasPrefix("sent: "):
            ("Tests/WebshocketTests/DocumentTests+Packets.swift", "\"\(mark)\"")
        case ("javascript", _) where mark.hasPrefix("run: "):
            // A test in this file checks that each of these snippets has a test.
            ("Tests/JavaScript/snippets.test.js", "every snippet in JavaScript has a test")
        case ("sh", _) where mark.hasPrefix("run: "), ("python", _) where mark.hasPrefix("run: "):
            ("Tests/ProjectTests/Snippets/CommandSnippetTests.swift", "\"\(mark)\"")
        case ("", "drawing"): (document, text)
        default: nil
        }
    }
}
