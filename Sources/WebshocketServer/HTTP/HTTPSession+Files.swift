import EventLoops

extension HTTPSession {
    /// The file that is served for the path of a folder.
    private static let index = "index.html"

    /// Looks for a file, and sends it as the response.
    /// - Parameters:
    ///   - folder: The folder to search.
    ///   - path: The path of the file, relative to the folder.
    ///   - isRead: Whether the method is `GET` or `HEAD`.
    ///   - refusal: The refusal if the file does not exist; nil for 404.
    func search(_ folder: PageTable.Folder, _ path: FilePath, isRead: Bool, otherwise refusal: Refusal?) {
        guard let number = exchange?.number else { return }
        phase = .search
        let names = path.isFolder ? path.names + [Self.index] : path.names
        // A file system that hangs blocks a thread, but the client still gets a response.
        session.setDeadline(after: timeouts.httpResponse) { [weak self] in
            self?.found(.busy, number, isRead, refusal) { _ in }
        }
        serverLoop.loop.aside {
            folder.root.find(names)
        } then: { [weak self] finding in
            self?.found(finding, number, isRead, refusal) { [weak self] file in
                self?.send(file, named: names.last ?? "", folder.headers)
            }
        }
    }

    private func found(
        _ finding: FileRoot.Finding, _ number: UInt64, _ isRead: Bool, _ refusal: Refusal?,
        _ send: (OpenFile) -> Void
    ) {
        guard case .search = phase, exchange?.number == number, !transport.isClosed else { return }
        session.cancelDeadline()
        switch finding {
        case .nothing: refuse(refusal)
        case .busy: refuse(.filesUnavailable)
        case .file, .folder:
            guard isRead else { return refuse(.pageIsRead) }
            if case .file(let file) = finding { send(file) } else { redirect() }
        }
    }

    /// Redirects to the path with a trailing slash, because relative links in the index of a folder require it.
    private func redirect() {
        guard let request = exchange?.request else { return }
        let query = request.query.map { "?\($0)" } ?? ""
        send(.redirect(to: "\(request.path)/\(query)", isPermanent: true))
    }
}
