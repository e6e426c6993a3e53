import EventLoops

/// A table of pages and folders by path. Built once, at startup.
struct PageTable: Sendable {
    /// The way to respond to a request that is not for a WebSocket.
    enum Verdict {
        case page(HTTPRoute.Source)
        /// Look for a file. If it does not exist, use `otherwise`; nil for 404.
        case file(Folder, FilePath, otherwise: Refusal?)
        /// Nil for 404.
        case refuse(Refusal?)
    }

    /// A folder and its path prefix.
    struct Folder: Sendable {
        /// The prefix, without a trailing slash.
        let prefix: String
        /// The decoded segments of the prefix.
        let segments: [ExactText]
        let root: FileRoot
        let headers: HTTPHeaders
    }

    private var pages: [String: HTTPRoute.Source] = [:]
    /// The decoded paths of the pages. No file is served at these paths, however a request encodes them.
    private var taken: Set<[ExactText]> = []
    /// The folders, in descending order of the length of their prefixes.
    private var folders: [Folder] = []

    /// - Parameters:
    ///   - paths: The paths that the server serves.
    ///   - checks: The health checks; one whose path has a page is left out.
    /// - Throws: ``ServerError``, with the path or the folder, if one is invalid or is declared twice.
    init(_ paths: [AnyRoute], checks: HealthChecks?) throws(ServerError) {
        for path in paths {
            switch path.content {
            case .route: break
            case .page(let page): try add(page)
            case .files(let files): try add(files)
            case .javaScriptClient(let client): for page in try client.pages() { try add(page) }
            }
        }
        for page in checks?.pages ?? [] where pages[page.path] == nil { try add(page) }
        folders.sort { $0.prefix.utf8.count > $1.prefix.utf8.count }
    }

    private mutating func add(_ page: HTTPRoute) throws(ServerError) {
        try Router.check(page.path)
        guard pages.updateValue(page.source, forKey: page.path) == nil else {
            throw .invalidRoute("path '\(page.path)' has two pages")
        }
        taken.insert(Self.segments(of: page.path))
    }

    private mutating func add(_ files: StaticFiles) throws(ServerError) {
        try Router.check(files.prefix)
        let prefix = files.prefix.hasSuffix("/") ? String(files.prefix.dropLast()) : files.prefix
        guard !folders.contains(where: { $0.prefix == prefix }) else {
            throw .invalidRoute("path '\(files.prefix)' has two folders")
        }
        let root: FileRoot
        do {
            root = try FileRoot(files.folder)
        } catch {
            let why = error.cannotTell ?? error.message
            throw ServerError(
                code: .invalidConfiguration,
                message: "cannot serve '\(files.folder)': \(why)".escapingControlCharacters)
        }
        folders.append(
            Folder(
                prefix: prefix, segments: Self.segments(of: prefix), root: root, headers: files.headers))
    }

    /// Decides how to respond to a request.
    /// - Parameters:
    ///   - request: The request.
    ///   - hasRoute: Whether the server accepts WebSockets at the path.
    func verdict(on request: PlainRequest, hasRoute: Bool) -> Verdict {
        let isRead = HTTPRequest.Method(rawValue: request.method) != nil
        if let source = pages[request.path] { return isRead ? .page(source) : .refuse(.pageIsRead) }
        var refusal: Refusal?
        if hasRoute { refusal = request.method == "GET" ? .upgradeRequired : .methodNotAllowed }
        guard let folder = folders.first(where: { $0.holds(request.path) }),
            let path = FilePath(request.path.dropFirst(folder.prefix.count)), isPlain(request.path, in: folder)
        else { return .refuse(refusal) }
        return .file(folder, path, otherwise: refusal)
    }

    /// Splits a path into its decoded segments. They are compared by their bytes, like the names of files.
    private static func segments(of path: String) -> [ExactText] {
        PercentEncoding.segments(of: path).map(ExactText.init)
    }

    /// Whether a path is not an alternative encoding of the path of a page or of another folder.
    private func isPlain(_ path: String, in folder: Folder) -> Bool {
        guard path.utf8.contains(UInt8(ascii: "%")) else { return true }
        let segments = Self.segments(of: path)
        return !PercentEncoding.hidesUnreserved(path) && !taken.contains(segments)
            && !folders.contains { $0.segments.count > folder.segments.count && segments.starts(with: $0.segments) }
    }
}

extension PageTable.Folder {
    fileprivate func holds(_ path: String) -> Bool {
        let rest = path.utf8.dropFirst(prefix.utf8.count)
        return path.utf8.starts(with: prefix.utf8) && (rest.isEmpty || rest.first == UInt8(ascii: "/"))
    }
}
