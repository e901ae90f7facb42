namespace Caas.Core.OwnViews;

/// <summary>How a member sees a conversation: its own business, state beside its cursors.</summary>
/// <param name="HiddenSeq">Hidden as long as no message is above this seq; 0: not hidden.</param>
public sealed record OwnView(bool Muted = false, long HiddenSeq = 0, bool Archived = false, bool Pinned = false, bool MarkedUnread = false)
{
    public static readonly OwnView Plain = new();

    /// <summary>Whether it is hidden while this is the newest message.</summary>
    public bool IsHidden(long lastMessageSeq) => HiddenSeq > 0 && lastMessageSeq <= HiddenSeq;
}

/// <summary>What a call sets; null: stays as it is.</summary>
public sealed record OwnViewChange(bool? Muted = null, long? HiddenSeq = null, bool? Archived = null, bool? Pinned = null, bool? MarkedUnread = null);

/// <summary>Which of a user's conversations a list gives.</summary>
/// <param name="Pinned">Null: whether they are pinned or not.</param>
public sealed record OwnViewFilter(bool Archived = false, bool Hidden = false, bool? Pinned = null)
{
    /// <summary>What a user sees who asks for nothing in particular.</summary>
    public static readonly OwnViewFilter Plain = new();

    public bool Matches(OwnView view, long lastMessageSeq) => view.Archived == Archived && view.IsHidden(lastMessageSeq) == Hidden && (Pinned is null || view.Pinned == Pinned);
}
