import COpenSSL

/// What OpenSSL is told before its first use.
enum OpenSSLSetup {
    private static let isDone: Bool = OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_ATEXIT), nil) == 1

    /// Has OpenSSL free nothing when the process exits: tasks on other threads may use it until the end, and its memory
    /// goes with the process. Where a program has used it before, that stays as the program had it.
    static func ensure() { _ = isDone }
}
