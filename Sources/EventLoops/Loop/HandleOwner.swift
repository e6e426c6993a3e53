import CUV

/// What the `data` of a libuv handle points to: the Swift object that the handle's events are for.
///
/// The handle's memory and one count on its owner are held from ``hold(_:)`` until libuv's close callback.
@usableFromInline
package class HandleOwner {
    package let loop: EventLoop

    init(loop: EventLoop) { self.loop = loop }

    /// The loop ends: close what is open.
    func loopWillEnd() {}

    /// The handle is closed and its memory gone; the owner lives for this call at least.
    func handleDidClose() {}

    final func hold(_ handle: UnsafeMutableRawPointer) {
        handle.assumingMemoryBound(to: uv_handle_t.self).pointee.data = Unmanaged.passRetained(self).toOpaque()
        loop.ownerCount += 1
    }

    /// Passes a live handle on to another owner.
    final func handOver(_ handle: UnsafeMutableRawPointer, to owner: HandleOwner) {
        handle.assumingMemoryBound(to: uv_handle_t.self).pointee.data = Unmanaged.passRetained(owner).toOpaque()
        Unmanaged.passUnretained(self).release()
    }

    /// Closes a handle; its memory is freed and its owner told when libuv has let go of it.
    final func release(_ handle: UnsafeMutableRawPointer) {
        uv_close(handle.assumingMemoryBound(to: uv_handle_t.self), onClosed)
    }
}

/// For `uv_walk` at the end of a loop, whose own handles are not meant.
func closeOwner(of handle: UnsafeMutablePointer<uv_handle_t>?) {
    guard let handle, uv_is_closing(handle) == 0 else { return }
    switch uv_handle_get_type(handle) {
    case UV_TCP, UV_NAMED_PIPE, UV_POLL, UV_SIGNAL:
        guard let data = handle.pointee.data else { return }
        Unmanaged<HandleOwner>.fromOpaque(data).takeUnretainedValue().loopWillEnd()
    default:
        break
    }
}

private func onClosed(_ handle: UnsafeMutablePointer<uv_handle_t>?) {
    guard let handle, let data = handle.pointee.data else { return }
    let owner = Unmanaged<HandleOwner>.fromOpaque(data).takeRetainedValue()
    UnsafeMutableRawPointer(handle).deallocate()
    owner.loop.ownerCount -= 1
    owner.handleDidClose()
}
