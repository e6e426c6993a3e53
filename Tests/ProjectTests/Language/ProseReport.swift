/// The files whose prose is measured together.
struct ProseGroup: Sendable {
    let name: String
    /// Files, and folders that are read with their subfolders.
    /// `*.md` is every Markdown file in the package's folder.
    let paths: [String]
    /// Whether only Markdown files count. The other groups have no Markdown files.
    var isMarkdown = false
    /// The figure per 10,000 words by which this group may exceed the figures of other packages.
    let margin: Double

    static let all = [
        ProseGroup(name: "sources", paths: ["Sources", "Examples", "Package.swift"], margin: 1),
        ProseGroup(name: "tests", paths: ["Tests", ".ci"], margin: 2),
        ProseGroup(
            name: "documents",
            paths: ["README.md", "Protocol.md", "CHANGELOG.md", "*.md", "Sources", "Tests", "Examples"],
            isMarkdown: true,
            margin: 2),
    ]

    /// The group's files that have prose.
    /// - Parameter all: The package's files.
    /// - Throws: ``MissingPath`` if none of the package's files is at one of ``paths``.
    func files(of all: [SourceTree.File]) throws -> [SourceTree.File] {
        var added: Set<String> = []
        var files: [SourceTree.File] = []
        for path in paths {
            let found = all.filter { Self.isFile($0.path, at: path) }
            if found.isEmpty { throw MissingPath(path: path) }
            files += found.filter {
                $0.path.hasSuffix(".md") == isMarkdown && ProseLanguage($0) != nil && !isPlanted($0)
                    && added.insert($0.path).inserted
            }
        }
        return files.sorted { $0.path < $1.path }
    }

    private static func isFile(_ file: String, at path: String) -> Bool {
        if path == "*.md" { return file.hasSuffix(".md") && !file.contains("/") }
        return file == path || file.hasPrefix(path + "/")
    }

    /// Whether the file contains the habits on purpose.
    private func isPlanted(_ file: SourceTree.File) -> Bool { file.name == "HabitTests.swift" }

    struct MissingPath: Error, Equatable {
        let path: String
    }
}

/// The number of words and the occurrences of each habit in a group of files.
struct ProseReport {
    struct Place: Equatable {
        let path: String
        let line: Int
        let words: String

        var description: String { "\(path):\(line): \(words)" }
    }

    let group: ProseGroup
    private(set) var words = 0
    /// By the index in ``Habit/all``.
    private var places: [[Place]] = Habit.all.map { _ in [] }

    private static let habitsByWord: [String: [Int]] = {
        var habits: [String: [Int]] = [:]
        for (index, habit) in Habit.all.enumerated() {
            for word in habit.words { habits[word, default: []].append(index) }
        }
        return habits
    }()

    init(group: ProseGroup, files: [SourceTree.File]) {
        self.group = group
        for file in files {
            guard let language = ProseLanguage(file) else { continue }
            for block in language.blocks(of: Array(file.text.utf8)) {
                for sentence in SentenceReader.sentences(of: block) { count(sentence, in: file.path) }
            }
        }
    }

    private mutating func count(_ sentence: Sentence, in path: String) {
        words += sentence.wordCount
        for (index, word) in sentence.words.enumerated() {
            for habit in Self.habitsByWord[word.text] ?? [] where Habit.all[habit].counts(sentence, index) {
                places[habit].append(Place(path: path, line: word.line, words: sentence.excerpt(around: index)))
            }
        }
    }

    func places(of habit: Habit) -> [Place] {
        Habit.all.firstIndex { $0.name == habit.name }.map { places[$0] } ?? []
    }

    // MARK: - Figures

    /// The number of occurrences per 10,000 words.
    func figure(of habit: Habit) -> Double {
        Double(places(of: habit).count) * 10_000 / Double(max(words, 1))
    }

    /// The description of each figure that is not allowed, with the places to change.
    var faults: [String] {
        Habit.all.compactMap { habit in
            let figure = figure(of: habit)
            switch habit.bound {
            case .atMost(let most): if figure <= most + group.margin { return nil }
            case .atLeast(let least): return figure >= least ? nil : summary(of: habit)
            }
            let worst = worstPlaces(of: habit).prefix(40).map { "\n  " + $0.description }
            return summary(of: habit) + worst.joined()
        }
    }

    /// The places of a habit. The files with most occurrences are first.
    func worstPlaces(of habit: Habit) -> [Place] {
        let files = Dictionary(grouping: places(of: habit), by: \.path)
        return files.values.sorted { ($1.count, $0[0].path) < ($0.count, $1[0].path) }.flatMap(\.self)
    }

    func summary(of habit: Habit) -> String {
        let allowed =
            switch habit.bound {
            case .atMost(let most): "at most \(Self.text(most + group.margin))"
            case .atLeast(let least): "at least \(Self.text(least))"
            }
        return "\(group.name), \(habit.name): \(Self.text(figure(of: habit))) per 10,000 words (\(allowed))"
    }

    var summary: String {
        (["\(group.name): \(words) words"] + Habit.all.map(summary(of:))).joined(separator: "\n")
    }

    /// A number with one decimal.
    private static func text(_ number: Double) -> String {
        let tenths = Int((number * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
