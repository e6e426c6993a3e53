/// A condition on a connection's session attributes. It guards methods and channels, or selects the recipients of a
/// message.
///
///     Is("isAdmin") && !Is("isReadOnly")
///     AnyOf(IsEqual("team", "red"), IsAtLeast("level", 10))
///     Has("userID") && Check("is paying") { connection in connection.plan == "pro" }
///
/// ``Has``, ``Is``, ``IsEqual``, ``IsLess``, ``IsGreater``, ``IsAtLeast``, ``IsAtMost``, ``Check``, ``AnyOf``,
/// ``AllOf`` and ``Not`` are predicates, and the operators `&&`, `||` and `!` combine them. A type of your own can name
/// a combination:
///
///     struct IsModerator: SessionPredicate {
///         var condition: SessionCondition { Is("isAdmin") || IsEqual("role", "moderator") }
///     }
///
/// Comparisons with an attribute that is not set are always false, including equality with nil. Therefore the ``Not``
/// of such a comparison is true.
public protocol SessionPredicate: Sendable, CustomStringConvertible {
    /// The condition to evaluate. It is read once, when the predicate is passed to a guard or to a publication.
    var condition: SessionCondition { get }
}

extension SessionPredicate {
    /// The predicate as Swift code, such as `Is("isAdmin") && !Is("isReadOnly")`, with control characters escaped.
    public var description: String { condition.text.escapingControlCharacters }
}
