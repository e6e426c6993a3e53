import Testing
import Webshocket

@Suite("A client's interests")
struct ClientInterestsTests {
    /// Interests that are driven by short scripts.
    private struct Script {
        var interests = ClientInterests()

        mutating func begin(_ id: String, _ names: [String], written: Bool = true) {
            _ = interests.declare(.begin(.channels, names), id, on: .open)
            if written { interests.wasWritten(id) }
        }

        mutating func end(_ id: String, _ names: [String]?, written: Bool = true) {
            _ = interests.declare(.end(.channels, names), id, on: .open)
            if written { interests.wasWritten(id) }
        }

        mutating func grant(_ id: String) -> ClientInterests.Request? { interests.ended(id, .granted).request }
        mutating func refuse(_ id: String) -> ClientInterests.Request? { interests.ended(id, .refused).request }
        mutating func giveUp(_ id: String) -> ClientInterests.Request? { interests.ended(id, .givenUp).request }
    }

    @Test("contain names that were granted and not ended, in the order of the grants, by kind")
    func order() {
        var script = Script()
        for (id, names) in [("1", ["b", "a", "b"]), ("2", ["c", "a"])] {
            script.begin(id, names)
            _ = script.grant(id)
        }
        _ = script.interests.declare(.begin(.rooms, ["a"]), "3", on: .open)
        _ = script.grant("3")
        #expect(script.interests.channels == ["b", "a", "c"] && script.interests.rooms == ["a"])
        script.end("4", ["a", "x"])
        #expect(script.interests.channels == ["b", "c"] && script.interests.rooms == ["a"])
        script.end("5", nil)
        #expect(script.interests.channels == [] && script.interests.rooms == ["a"])
    }

    @Test("distinguish names that look the same")
    func lookAlikes() {
        var script = Script()
        script.begin("1", ["\u{E9}", "e\u{301}"])
        _ = script.grant("1")
        #expect(script.interests.channels.map { Array($0.utf8).count } == [2, 3])
        script.end("2", ["e\u{301}"])
        #expect(script.interests.channels.map { Array($0.utf8).count } == [2])
    }

    @Test("end on the server if the last declaration is given up, unless its request was not written")
    func givenUp() {
        var script = Script()
        script.begin("1", ["a", "b"])
        #expect(script.giveUp("1") == .compensate(.channels, ["a", "b"]))
        var unwritten = Script()
        unwritten.begin("1", ["a"], written: false)
        #expect(unwritten.giveUp("1") == nil)
    }

    @Test("stay while another declaration of the name is in effect")
    func counted() {
        var script = Script()
        script.begin("1", ["a", "b"])
        script.begin("2", ["b"])
        #expect(script.giveUp("1") == .compensate(.channels, ["a"]))
        #expect(script.grant("2") == nil)
        script.begin("3", ["b"])
        #expect(script.giveUp("3") == nil)
        #expect(script.interests.channels == ["b"])
    }

    @Test("end when the last declaration is refused or given up too")
    func keptByAnother() {
        var script = Script()
        script.begin("1", ["a"])
        script.begin("2", ["a"])
        #expect(script.giveUp("1") == nil)
        #expect(script.refuse("2") == .compensate(.channels, ["a"]))
        var other = Script()
        other.begin("1", ["a"])
        other.begin("2", ["a"], written: false)
        #expect(other.giveUp("1") == nil)
        #expect(other.giveUp("2") == .compensate(.channels, ["a"]))
    }

    @Test("are not ended by a refusal alone")
    func refused() {
        var script = Script()
        script.begin("1", ["a"])
        #expect(script.refuse("1") == nil)
        #expect(script.interests.compensation(.channels) == nil)
    }

    @Test("stay ended if the end is given up, and the end is sent once more")
    func endGivenUp() {
        var script = Script()
        script.begin("1", ["a"])
        _ = script.grant("1")
        script.end("2", ["a", "x"])
        #expect(script.giveUp("2") == .compensate(.channels, ["a", "x"]))
        #expect(script.interests.channels == [])
        script.end("3", nil)
        #expect(script.giveUp("3") == .compensate(.channels, nil))
    }

    @Test("that were declared later are not ended by an earlier end that is given up")
    func laterDeclaration() {
        var script = Script()
        script.begin("1", ["a", "b"])
        _ = script.grant("1")
        script.end("2", nil)
        script.begin("3", ["a"])
        #expect(script.giveUp("2") == .compensate(.channels, ["b"]))
        #expect(script.grant("3") == nil)
        #expect(script.interests.channels == ["a"])
    }

    @Test("are restored if their end is refused, together with names granted meanwhile")
    func endRefused() {
        var script = Script()
        script.begin("1", ["a"])
        _ = script.grant("1")
        script.begin("2", ["b"])
        script.end("3", nil)
        #expect(script.grant("2") == nil)
        #expect(script.interests.channels == [])
        #expect(script.refuse("3") == nil)
        #expect(script.interests.channels == ["a", "b"])
    }

    @Test("that are given up while their end is pending are ended if the end is refused")
    func endOfGivenUpRefused() {
        var script = Script()
        script.begin("1", ["a"])
        script.end("2", ["a"])
        #expect(script.giveUp("1") == nil)
        #expect(script.refuse("2") == .compensate(.channels, ["a"]))
    }

    @Test("still need to be ended after a compensation was refused")
    func compensationRefused() throws {
        var script = Script()
        script.begin("1", ["a"])
        let givenUp = script.giveUp("1")
        let request = try #require(givenUp)
        _ = script.interests.declare(request, "2", on: .open)
        script.interests.wasWritten("2")
        #expect(script.interests.compensation(.channels) == nil)
        #expect(script.refuse("2") == nil)
        #expect(script.interests.compensation(.channels) == request)
        script.begin("3", ["a"])
        #expect(script.interests.compensation(.channels) == nil)
    }

    @Test("are ended again if the server processes the request after its end")
    func unorderedServer() {
        var script = Script()
        script.begin("1", ["a"])
        script.end("2", ["a"])
        #expect(script.grant("2") == nil)
        #expect(script.grant("1") == .compensate(.channels, ["a"]))
    }

    @Test("end at once without a connection, together with waiting requests for them")
    func withoutConnection() {
        var script = Script()
        script.begin("1", ["a", "b"])
        _ = script.grant("1")
        _ = script.interests.connectionEnded()
        script.begin("2", ["a"], written: false)
        script.begin("3", ["a", "c"], written: false)
        let actions = script.interests.declare(.end(.channels, ["a"]), "4", on: .absent)
        #expect(!actions.isSent && actions.request == nil && actions.superseded == ["2"])
        #expect(script.interests.channels == ["b"])
        #expect(script.giveUp("2") == nil)
        script.interests.wasWritten("3")
        #expect(script.grant("3") == .compensate(.channels, ["a"]))
        #expect(script.interests.channels == ["b", "c"])
    }

    @Test("settle when the connection ends: ends take effect, and the client's own requests are dropped")
    func settlement() {
        var script = Script()
        script.begin("1", ["a"])
        _ = script.grant("1")
        script.begin("2", ["b"])
        script.end("3", ["b"])
        _ = script.interests.declare(.restore(.channels, ["a"]), "4", on: .open)
        _ = script.interests.declare(.compensate(.channels, ["c"]), "5", on: .open)
        let settlement = script.interests.connectionEnded()
        #expect(settlement.ended == ["3"] && settlement.superseded == ["2"])
        #expect(Set(settlement.own) == ["4", "5"])
        #expect(script.interests.channels == ["a"])
        #expect(script.giveUp("2") == nil && script.giveUp("5") == nil)
    }

    @Test("that a connection cannot receive are ended at once while it is prepared")
    func whilePreparing() {
        var script = Script()
        script.begin("1", ["a"])
        _ = script.grant("1")
        _ = script.interests.connectionEnded()
        let atOnce = script.interests.declare(.end(.channels, ["a"]), "2", on: .preparing)
        #expect(!atOnce.isSent)
        // The preparation subscribes.
        script.begin("3", ["a"])
        let sent = script.interests.declare(.end(.channels, ["a"]), "4", on: .preparing)
        #expect(sent.isSent)
    }

    @Test("that wait are not ended by an earlier request of the preparation")
    func endOfPreparation() {
        var script = Script()
        script.begin("1", ["a"], written: false)
        let end = script.interests.declare(.end(.channels, nil), "2", on: .ahead)
        #expect(end.isSent && end.superseded == [])
        script.interests.wasWritten("2")
        #expect(script.interests.ended("2", .granted).superseded == [])
        script.interests.wasWritten("1")
        #expect(script.grant("1") == nil)
        #expect(script.interests.channels == ["a"])
    }

    @Test("are dropped if a new connection refuses them, and ended if another request was granted them")
    func dropped() {
        var script = Script()
        script.begin("1", ["a"])
        _ = script.grant("1")
        #expect(script.interests.drop(["a"], .channels).request == .compensate(.channels, ["a"]))
        #expect(script.interests.channels == [])
        var next = Script()
        next.begin("1", ["a"])
        _ = next.grant("1")
        _ = next.interests.connectionEnded()
        #expect(next.interests.drop(["a"], .channels).request == nil)
    }
}
