using System.Text.Json;
using System.Text.Json.Serialization;
using Caas.Contracts;
using Caas.Core.Visibility;

namespace Caas.Core.Messages;

/// <summary>A message's content and what its changes made of it: what a fold replaces as a whole. Stored as JSON.</summary>
public sealed record MessageState
{
    public string? Text { get; init; }
    public IReadOnlyList<Attachment> Attachments { get; init; } = [];

    /// <summary>The members whom the sender named.</summary>
    public IReadOnlyList<string> Mentions { get; init; } = [];

    /// <summary>The members whom the text marks: they change with it. Null: none.</summary>
    public IReadOnlyList<string>? TextMentions { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool MentionsHere { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool MentionsChannel { get; init; }
    public string? ThreadOf { get; init; }

    /// <summary>The seq of the message that this one quotes; 0: none. Nothing of what that says is kept here, so that nothing of it stays when it is deleted.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long QuoteSeq { get; init; }
    public JsonElement? Custom { get; init; }
    public IReadOnlyDictionary<string, ReactionSummary> Reactions { get; init; } = new Dictionary<string, ReactionSummary>();
    public PollResponse? Poll { get; init; }
    public int ReplyCount { get; init; }
    public ThreadSummary? Thread { get; init; }

    /// <summary>What the pages say that the text links to; null: nothing.</summary>
    public IReadOnlyList<LinkPreview>? LinkPreviews { get; init; }
    public DateTimeOffset? EditedAt { get; init; }
    public DateTimeOffset? DeletedAt { get; init; }
    public DateTimeOffset? PinnedAt { get; init; }

    /// <summary>What those see who changed it while shadow-banned; null: as everybody.</summary>
    public IReadOnlyList<Shadow>? Shadows { get; init; }

    /// <summary>The rev that the others are shown, while the last changes are none of theirs: they cannot have them. 0: the message's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long ShownRev { get; init; }

    /// <summary>What an edit can replace, as it is now.</summary>
    [JsonIgnore]
    public MessageContent Content => new(Text, Attachments, Mentions, Custom, TextMentions, MentionsHere, MentionsChannel);

    /// <summary>What the message said when it was sent, kept once it is edited, for its history. Clients never get it.</summary>
    public MessageContent? Original { get; init; }
}

/// <summary>What an edit can replace.</summary>
/// <param name="TextMentions">Null: none.</param>
public sealed record MessageContent(
    string? Text, IReadOnlyList<Attachment> Attachments, IReadOnlyList<string> Mentions, JsonElement? Custom,
    IReadOnlyList<string>? TextMentions = null, bool MentionsHere = false, bool MentionsChannel = false);
