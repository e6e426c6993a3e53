import CJavaScriptClient

/// The client for browsers and Node, as bytes that are a part of every program that serves it: no file has to lie beside
/// the binary.
package enum BrowserModule {
    /// `webshocket.js`: an ES module, in UTF-8.
    package static var script: [UInt8] { bytes(browser_module_script()) }

    /// `webshocket.d.ts`: what TypeScript and editors know of it, in UTF-8.
    package static var declarations: [UInt8] { bytes(browser_module_declarations()) }

    private static func bytes(_ embedded: browser_module_bytes) -> [UInt8] {
        Array(UnsafeBufferPointer(start: embedded.start, count: embedded.count))
    }
}
