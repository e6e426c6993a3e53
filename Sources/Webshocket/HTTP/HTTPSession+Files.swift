import EventLoops

extension HTTPSession {
    /// What is served for a folder.
    private static let index = "index.html"

    /// Looks for a file, and answers with it.
    /// - Parameters:
    ///   - isRead: whether the method is one for files.
    ///   - refusal: for a path without a file; nil for 404.
    func search(_ folder: PageTable.Folder, _ path: FilePath, isRead: Bool, otherwise refusal: Refusal?) {
        guard let number = exchange?.number else { return }
        phase = .search
        let names = path.isFolder ? path.names + [Self.index] : path.names
        // A file system that does not answer holds up a thread, and not for ever who asks.
        session.setDeadline(after: timeouts.page) { [weak self] in self?.found(.busy, number, isRead, refusal) { _ in }
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
        guard case .search = phase, exchange?.number == number, !socket.isClosed else { return }
        session.cancelDeadline()
        switch finding {
        case .nothing: refuse(refusal)
        case .busy: refuse(.filesUnavailable)
        case .file, .folder:
            guard isRead else { return refuse(.pageIsRead) }
            if case .file(let file) = finding { send(file) } else { redirect() }
        }
    }

    /// A folder's links are relative to a path with a slash at its end.
    private func redirect() {
        guard let request = exchange?.request else { return }
        let query = request.query.map { "?\($0)" } ?? ""
        send(.redirect(to: "\(request.path)/\(query)", isPermanent: true))
    }
}
