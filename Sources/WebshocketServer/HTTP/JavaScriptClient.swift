import JavaScriptClient

/// The client for browsers and Node, served by the server that it connects to. It is one ES module, without
/// dependencies.
///
///     JavaScriptClient("/webshocket.js")   // import { WebshocketClient } from "/webshocket.js";
///
/// The declarations for TypeScript and editors are served beside it, such as `/webshocket.d.ts`.
public struct JavaScriptClient: Sendable {
    let path: String

    /// Creates the client at a path.
    /// - Parameter path: The path of the module, which begins with `/` and ends with `.js` or `.mjs`.
    public init(_ path: String = "/webshocket.js") {
        self.path = path
    }

    /// Makes the pages of the module and its declarations.
    /// - Throws: ``ServerError`` if the path does not end with `.js` or `.mjs`.
    func pages() throws(ServerError) -> [HTTPRoute] {
        let ends = [(".mjs", ".d.mts"), (".js", ".d.ts")]
        guard let (end, declarations) = ends.first(where: { path.hasSuffix($0.0) }) else {
            throw .invalidRoute("path '\(path)' must end with '.js' or '.mjs'")
        }
        return [
            HTTPRoute(path, .bytes(EmbeddedFile(BrowserModule.script, type: ContentType.javaScript))),
            HTTPRoute(
                path.dropLast(end.count) + declarations,
                .bytes(EmbeddedFile(BrowserModule.declarations, type: ContentType.typeScript))),
        ]
    }
}
