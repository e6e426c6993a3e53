import COpenSSL

/// The process-wide initialization of OpenSSL.
enum OpenSSLSetup {
    private static let isDone: Bool = OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_ATEXIT), nil) == 1

    /// Initializes OpenSSL without its exit handler. Call it before any other use of OpenSSL.
    ///
    /// With the exit handler, OpenSSL would free its memory while tasks on other threads may still use it. If the
    /// program has initialized OpenSSL before, this has no effect.
    static func ensure() { _ = isDone }
}
