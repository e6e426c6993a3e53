import JavaScriptClient
import Testing

@Suite("The embedded JavaScript client")
struct BrowserModuleTests {
    @Test("is identical to its source file", arguments: ["webshocket.js", "webshocket.d.ts"])
    func embedding(name: String) throws {
        let bytes = name.hasSuffix(".js") ? BrowserModule.script : BrowserModule.declarations
        let file = try SourceTree.files(in: "Sources/JavaScriptClient").first { $0.name == name }
        // Compared outside of `#expect`, which would take long to describe a difference of long texts.
        let isSame = file.map { Array($0.text.utf8) } == bytes
        #expect(!bytes.isEmpty && isSame)
    }
}
