import EventLoops

extension HTTPResponse {
    /// The head of the answer that this makes, with what the server has to add.
    func answer(to request: HTTPRequest, isLast: Bool) -> PlainAnswer {
        let hasBody = status != 204 && status != 304
        var answer = PlainAnswer(
            status: status, headers: headers, contentLength: hasBody ? body.count : nil,
            contentType: hasBody && !body.isEmpty ? ContentType.unknown : nil, isLast: isLast)
        guard status == 200, let tag = headers["ETag"] ?? ownTag else { return answer }
        answer.tag(tag, asked: request.headers)
        return answer
    }

    /// Nil where no one keeps the body, and where it is too long to be walked over on a loop.
    private var ownTag: String? {
        let directives = headers.values(of: "Cache-Control").flatMap(\.listElements)
        guard body.count <= 1_048_576, !directives.contains(where: { $0.lowercased() == "no-store" }) else {
            return nil
        }
        return EntityTag.strong(of: body)
    }
}

extension PlainAnswer {
    /// The head in front of a file.
    init(file: OpenFile, named name: String, headers: HTTPHeaders, to asked: HTTPHeaders, isLast: Bool) {
        self.init(
            status: 200, headers: headers, contentLength: file.size, contentType: ContentType.of(fileNamed: name),
            isLast: isLast)
        tag("\"\(file.state)\"", asked: asked)
    }

    /// Says which state of the body this is; to a client that has it, nothing else.
    fileprivate mutating func tag(_ tag: String, asked: HTTPHeaders) {
        if headers["ETag"] == nil { headers.add(judgedName: "ETag", value: tag) }
        if EntityTag.isListed(headers["ETag"] ?? tag, in: asked) { self = notModified }
    }
}
