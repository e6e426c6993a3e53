import CUV

/// An object that lives on a loop and may receive the events of a libuv handle, whose `data` points to it.
///
/// The loop retains it from ``hold(_:)`` or ``join()`` until it has left, and does not end before. The memory of a
/// handle lives as long.
@usableFromInline
package class LoopMember {
    package let loop: EventLoop

    init(loop: EventLoop) { self.loop = loop }

    /// Called when the loop is ending. Subclasses call ``release(_:)`` or ``leave()``.
    func loopWillEnd() {}

    /// Called when the object has left the loop; its handle has closed, and the memory is freed. The object lives at
    /// least until this call returns.
    func didLeaveLoop() {}

    /// Makes this object the owner of a handle, which retains it.
    final func hold(_ handle: UnsafeMutableRawPointer) {
        handle.assumingMemoryBound(to: uv_handle_t.self).pointee.data = Unmanaged.passRetained(self).toOpaque()
        loop.memberCount += 1
    }

    /// Transfers an open handle to another owner.
    final func handOver(_ handle: UnsafeMutableRawPointer, to owner: LoopMember) {
        handle.assumingMemoryBound(to: uv_handle_t.self).pointee.data = Unmanaged.passRetained(owner).toOpaque()
        Unmanaged.passUnretained(self).release()
    }

    /// Closes a handle. After libuv has closed it, its memory is freed and ``didLeaveLoop()`` is called.
    final func release(_ handle: UnsafeMutableRawPointer) {
        uv_close(handle.assumingMemoryBound(to: uv_handle_t.self), onClosed)
    }

    /// Makes this object, which has no handle, a member of its loop.
    final func join() {
        loop.membersWithoutHandle[ObjectIdentifier(self)] = self
        loop.memberCount += 1
    }

    /// Leaves the loop after ``join()``. Calls ``didLeaveLoop()`` later in this turn.
    final func leave() {
        guard loop.membersWithoutHandle.removeValue(forKey: ObjectIdentifier(self)) != nil else { return }
        let member = LoopBound(self, loop: loop)
        loop.execute {
            member.loop.memberCount -= 1
            member.value.didLeaveLoop()
        }
    }
}

/// Calls `loopWillEnd()` of a handle's owner, for `uv_walk` when the loop ends. Ignores the loop's own handles.
func closeOwner(of handle: UnsafeMutablePointer<uv_handle_t>?) {
    guard let handle, uv_is_closing(handle) == 0 else { return }
    switch uv_handle_get_type(handle) {
    case UV_TCP, UV_NAMED_PIPE, UV_POLL, UV_SIGNAL:
        guard let data = handle.pointee.data else { return }
        Unmanaged<LoopMember>.fromOpaque(data).takeUnretainedValue().loopWillEnd()
    default:
        break
    }
}

private func onClosed(_ handle: UnsafeMutablePointer<uv_handle_t>?) {
    guard let handle, let data = handle.pointee.data else { return }
    let owner = Unmanaged<LoopMember>.fromOpaque(data).takeRetainedValue()
    UnsafeMutableRawPointer(handle).deallocate()
    owner.loop.memberCount -= 1
    owner.didLeaveLoop()
}
