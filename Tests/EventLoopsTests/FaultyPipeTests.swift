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

    @Test("applies a fault that is inserted to the bytes that follow")
    func insertion() {
        var pipe = FaultyPipe()
        #expect(pipe.admit([1]) == [.bytes([1])])
        #expect(pipe.insert(.stall) == [])
        #expect(pipe.admit([2]) == [])
        #expect(pipe.insert(.cut) == [])
        #expect(pipe.resume() == [.cut])
    }
}
