import CUV
import Synchronization

/// The signals of the process, such as SIGTERM and SIGINT, as an asynchronous sequence for one consumer.
///
/// While it is open, the signals do not have their default effect. It closes when the object is released.
package final class SignalSource: Sendable {
    /// The numbers of the received signals. Buffers at most the 16 newest; ends with ``close()``.
    package let signals: AsyncStream<Int32>

    private let isClosed = Atomic(false)
    private let watchers: LoopBound<[SignalWatcher]>
    private let continuation: AsyncStream<Int32>.Continuation

    private init(
        _ watchers: LoopBound<[SignalWatcher]>, _ signals: AsyncStream<Int32>,
        _ continuation: AsyncStream<Int32>.Continuation
    ) {
        self.watchers = watchers
        self.signals = signals
        self.continuation = continuation
    }

    deinit {
        guard !isClosed.load(ordering: .relaxed) else { return }
        continuation.finish()
        watchers.loop.execute { [watchers] in
            for watcher in watchers.value { watcher.close() }
        }
    }

    /// Starts to receive signals. When it returns, all of them are watched.
    /// - Parameters:
    ///   - numbers: The numbers of the signals.
    ///   - loop: The loop that receives them.
    /// - Throws: The system's error, for example for a signal that cannot be caught.
    package static func open(
        _ numbers: [Int32] = [SIGTERM, SIGINT], on loop: EventLoop = EventLoopGroup.shared.next()
    ) async throws(SocketError) -> SignalSource {
        let (signals, continuation) = AsyncStream.makeStream(of: Int32.self, bufferingPolicy: .bufferingNewest(16))
        let watchers = LoopBound(
            numbers.map { SignalWatcher($0, on: loop) { continuation.yield($0) } }, loop: loop)
        let source = SignalSource(watchers, signals, continuation)
        let problem = await withCheckedContinuation { (started: CheckedContinuation<SocketError?, Never>) in
            loop.execute {
                do throws(SocketError) {
                    for watcher in watchers.value { try watcher.start() }
                    started.resume(returning: nil)
                } catch {
                    started.resume(returning: error)
                }
            }
        }
        if let problem { throw problem }
        return source
    }

    /// Ends the sequence and restores the default effect of the signals. Idempotent.
    package func close() async {
        isClosed.store(true, ordering: .relaxed)
        continuation.finish()
        await withCheckedContinuation { (closed: CheckedContinuation<Void, Never>) in
            watchers.loop.execute { [watchers] in
                for watcher in watchers.value { watcher.close() }
                closed.resume()
            }
        }
    }
}

/// Watches one signal on one loop. Confined to the loop.
final class SignalWatcher: LoopMember {
    private let number: Int32
    private let received: (Int32) -> Void
    private var handle: UnsafeMutablePointer<uv_signal_t>?

    init(_ number: Int32, on loop: EventLoop, received: @escaping (Int32) -> Void) {
        self.number = number
        self.received = received
        super.init(loop: loop)
    }

    func start() throws(SocketError) {
        guard !loop.isEnding else { throw loop.endError(.signal) }
        let handle = UnsafeMutablePointer<uv_signal_t>.allocate(capacity: 1)
        let result = uv_signal_init(loop.uv, handle)
        guard result == 0 else {
            handle.deallocate()
            throw SocketError(result, .signal)
        }
        hold(handle)
        self.handle = handle
        do throws(SocketError) { try check(uv_signal_start(handle, onSignal, number), .signal) } catch {
            close()
            throw error
        }
    }

    func close() {
        handle.take().map { release($0) }
    }

    override func loopWillEnd() { close() }

    fileprivate func didReceive() { received(number) }
}

private func onSignal(_ handle: UnsafeMutablePointer<uv_signal_t>?, _ number: Int32) {
    guard let data = handle.unsafelyUnwrapped.pointee.data else { return }
    Unmanaged<SignalWatcher>.fromOpaque(data).takeUnretainedValue().didReceive()
}
