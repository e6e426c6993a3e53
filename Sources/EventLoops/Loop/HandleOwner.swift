import CUV

/// The Swift object that receives the events of a libuv handle. The `data` of the handle points to it.
///
/// The handle retains its owner from ``hold(_:)`` until libuv's close callback. The memory of the handle lives as long.
@usableFromInline
package class HandleOwner {
    package let loop: EventLoop

    init(loop: EventLoop) { self.loop = loop }

    /// Called when the loop is ending. Subclasses close their handle.
    func loopWillEnd() {}

    /// Called when the handle has closed and its memory is freed. The owner lives at least until this call returns.
    func handleDidClose() {}

    /// Makes this object the owner of a handle, which retains it.
    final func hold(_ handle: UnsafeMutableRawPointer) {
        handle.assumingMemoryBound(to: uv_handle_t.self).pointee.data = Unmanaged.passRetained(self).toOpaque()
        loop.ownerCount += 1
    }

    /// Transfers an open handle to another owner.
    final func handOver(_ handle: UnsafeMutableRawPointer, to owner: HandleOwner) {
        handle.assumingMemoryBound(to: uv_handle_t.self).pointee.data = Unmanaged.passRetained(owner).toOpaque()
        Unmanaged.passUnretained(self).release()
    }

    /// Closes a handle. After libuv has closed it, its memory is freed and ``handleDidClose()`` is called.
    final func release(_ handle: UnsafeMutableRawPointer) {
        uv_close(handle.assumingMemoryBound(to: uv_handle_t.self), onClosed)
    }
}

/// Calls `loopWillEnd()` of a handle's owner, for `uv_walk` when the loop ends. Ignores the loop's own handles.
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
