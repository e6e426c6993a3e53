import JavaScriptClient

/// The client for browsers and Node, served by the server that it connects to: one ES module, without dependencies.
///
///     JavaScriptClient("/webshocket.js")   // import { WebshocketClient } from "/webshocket.js";
///
/// What TypeScript and editors know of it lies beside it, as `/webshocket.d.ts`.
public struct JavaScriptClient: Sendable {
    let path: String

    /// Serves the module.
    /// - Parameter path: begins with `/` and ends with `.js` or `.mjs`.
    public init(_ path: String = "/webshocket.js") {
        self.path = path
    }

    /// The module and its declarations.
    /// - Throws: ``StartupError`` for a path with another end.
    func pages() throws(StartupError) -> [Page] {
        let ends = [(".mjs", ".d.mts"), (".js", ".d.ts")]
        guard let (end, declarations) = ends.first(where: { path.hasSuffix($0.0) }) else {
            throw .badRoute("path '\(path)': a JavaScript module's ends with '.js' or '.mjs'")
        }
        return [
            Page(path, .bytes(EmbeddedFile(BrowserModule.script, type: ContentType.javaScript))),
            Page(
                path.dropLast(end.count) + declarations,
                .bytes(EmbeddedFile(BrowserModule.declarations, type: ContentType.typeScript))),
        ]
    }
}
