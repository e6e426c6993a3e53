import EventLoops
import Testing

@Suite("A faulty pipe")
struct FaultyPipeTests {
    private typealias Passage = FaultyPipe.Passage

    @Test("passes bytes at once if there is no fault")
    func flow() {
        var pipe = FaultyPipe()
        #expect(pipe.admit([1, 2, 3]) == [.bytes([1, 2, 3])])
        #expect(pipe.admit([]) == [])
        #expect(pipe.admitEnd() == [.end])
        #expect(pipe.admit([4]) == [])
    }

    @Test("splits bytes into pieces")
    func pieces() {
        var pipe = FaultyPipe(pieceSize: 2)
        #expect(pipe.admit([1, 2, 3, 4, 5]) == [.bytes([1, 2]), .bytes([3, 4]), .bytes([5])])
    }

    @Test("holds bytes back from the position of a stall until it is resumed", arguments: [0, 1, 3])
    func stall(position: Int) {
        var pipe = FaultyPipe(faults: [position: .stall])
        let head: [UInt8] = Array([1, 2, 3].prefix(position))
        let tail: [UInt8] = Array([1, 2, 3, 4].dropFirst(position))
        #expect(pipe.admit([1, 2, 3]) == (head.isEmpty ? [] : [.bytes(head)]))
        #expect(pipe.admit([4]) == [])
        #expect(pipe.admitEnd() == [])
        #expect(pipe.resume() == [.bytes(tail), .end])
    }

    @Test("loses bytes from the position of a drop until it is resumed")
    func drop() {
        var pipe = FaultyPipe(faults: [2: .drop])
        #expect(pipe.admit([1, 2, 3]) == [.bytes([1, 2])])
        #expect(pipe.admit([4]) == [])
        #expect(pipe.resume() == [])
        #expect(pipe.admit([5]) == [.bytes([5])])
    }

    @Test("cuts the connection after the bytes before the position")
    func cut() {
        var pipe = FaultyPipe(faults: [2: .cut])
        #expect(pipe.admit([1, 2, 3]) == [.bytes([1, 2]), .cut])
        #expect(pipe.admit([4]) == [])
        #expect(pipe.resume() == [])
        #expect(pipe.admitEnd() == [])
    }

    @Test("applies faults in the order of their positions")
    func severalFaults() {
        var pipe = FaultyPipe(faults: [5: .cut, 1: .stall, 3: .stall])
        #expect(pipe.admit([1, 2, 3, 4, 5, 6]) == [.bytes([1])])
        #expect(pipe.resume() == [.bytes([2, 3])])
        #expect(pipe.resume() == [.bytes([4, 5]), .cut])
    }

    @Test("begins a fault at once, also during another one, and ends it when it is resumed")
    func begin() {
        var pipe = FaultyPipe()
        #expect(pipe.admit([1]) == [.bytes([1])])
        #expect(pipe.begin(.stall) == [])
        #expect(pipe.begin(.stall) == [])
        #expect(pipe.admit([2]) == [])
        #expect(pipe.resume() == [.bytes([2])])
        #expect(pipe.begin(.stall) == [])
        #expect(pipe.begin(.cut) == [.cut])
        #expect(pipe.begin(.cut) == [])
        #expect(pipe.resume() == [])
    }

    @Test("passes a reset on, holds it back during a stall, and loses it during a drop")
    func reset() {
        var flowing = FaultyPipe()
        #expect(flowing.admitReset() == [.cut])
        #expect(flowing.admitReset() == [])
        var stalled = FaultyPipe(faults: [0: .stall])
        #expect(stalled.admit([1]) == [])
        #expect(stalled.admitReset() == [])
        #expect(stalled.resume() == [.cut])
        var dropping = FaultyPipe(faults: [0: .drop])
        #expect(dropping.admit([1]) == [])
        #expect(dropping.admitReset() == [])
        #expect(dropping.resume() == [])
    }
}
