/// The files of a folder, served below a path prefix (Protocol.md, "Pages and files").
///
///     StaticFiles("/", in: "public")             // /chat.css is public/chat.css, / is public/index.html
///     StaticFiles("/images", in: "media/images")
///
/// Only regular files inside the folder are served. A path or a symbolic link that leads out of the folder is not
/// followed. Files and folders with names that begin with a dot are not served. Files are read on separate threads
/// when they are requested, and are not kept in memory.
public struct StaticFiles: Sendable {
    let prefix: String
    let folder: String
    let headers: HTTPHeaders

    /// Creates a prefix that serves the files of a folder.
    /// - Parameters:
    ///   - prefix: The start of the paths, which begins with `/`. It is compared byte for byte, in whole segments. If
    ///     several prefixes match, the longest one applies.
    ///   - folder: The path of the folder. The server does not start if the folder does not exist.
    ///   - headers: Additional headers for each response with a file, such as `Cache-Control`.
    public init(_ prefix: String = "/", in folder: String, headers: HTTPHeaders = HTTPHeaders()) {
        self.prefix = prefix
        self.folder = folder
        self.headers = headers
    }
}
