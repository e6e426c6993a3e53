import EventLoops

extension HTTPResponse {
    /// Makes the head of the response, with the headers that the server adds.
    func answer(to request: HTTPRequest, isLast: Bool) -> PlainAnswer {
        let hasBody = status != 204 && status != 304
        var answer = PlainAnswer(
            status: status, headers: headers, contentLength: hasBody ? body.count : nil,
            contentType: hasBody && !body.isEmpty ? ContentType.unknown : nil, isLast: isLast)
        guard status == 200, let tag = headers["ETag"] ?? ownTag else { return answer }
        answer.tag(tag, asked: request.headers)
        return answer
    }

    /// An entity tag that is computed from the body. It is nil if the response must not be stored, or if the body is
    /// too long to be hashed on an event loop.
    private var ownTag: String? {
        let directives = headers.values(of: "Cache-Control").flatMap(\.listElements)
        guard body.count <= 1_048_576, !directives.contains(where: { $0.lowercased() == "no-store" }) else {
            return nil
        }
        return EntityTag.strong(of: body)
    }
}

extension PlainAnswer {
    /// Creates the head of a response with a file.
    init(file: OpenFile, named name: String, headers: HTTPHeaders, to asked: HTTPHeaders, isLast: Bool) {
        self.init(
            status: 200, headers: headers, contentLength: file.size, contentType: ContentType.of(fileNamed: name),
            isLast: isLast)
        tag("\"\(file.state)\"", asked: asked)
    }

    /// Adds an entity tag. If the client already has this version of the body, the response becomes 304.
    fileprivate mutating func tag(_ tag: String, asked: HTTPHeaders) {
        if headers["ETag"] == nil { headers.add(validatedName: "ETag", value: tag) }
        if EntityTag.isListed(headers["ETag"] ?? tag, in: asked) { self = notModified }
    }
}
