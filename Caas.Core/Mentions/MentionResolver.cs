using Caas.Contracts;
using Caas.Core.Blocks;
using Caas.Core.Callers;
using Caas.Core.Members;
using Caas.Core.Messages;

namespace Caas.Core.Mentions;

/// <summary>Finds out whom a message mentions: members alone. Others are left out, whether they were named or stand in the text, and so are those of whom one blocks the other: who leaves at this moment refuses nobody's message.</summary>
public sealed class MentionResolver(IMemberStore members, BlockDirectory blocks)
{
    /// <param name="text">Whose markers count; null: none.</param>
    /// <param name="named">The ids that the sender named; null: none.</param>
    /// <returns>Who of both are members. One lookup, none where nobody is meant.</returns>
    /// <exception cref="RefusedException"><c>validation_failed</c> for more than 50 in all.</exception>
    public async Task<ResolvedMentions> ResolveAsync(Caller caller, Standing standing, string? text, IReadOnlyList<string>? named, CancellationToken cancellationToken)
    {
        var markers = MentionMarkers.Find(text);
        var all = standing.May(Right.MentionAll, caller);
        var (here, channel) = (Says(markers, MentionMarkers.Here), Says(markers, MentionMarkers.Channel));
        string[] wanted = [.. markers.SelectMany(marker => marker).Concat(named ?? []).Distinct(StringComparer.Ordinal)];
        HashSet<string> known = wanted.Length == 0
            ? []
            : (await members.FindManyAsync(caller.Tenant, standing.Conversation.Id, [.. wanted.Select(id => new UserId(id))], cancellationToken)).Select(member => member.User.Value).ToHashSet(StringComparer.Ordinal);
        if (known.Count > 0 && caller.User is { } user && await blocks.FindAsync(caller.Tenant, user, cancellationToken) is { IsEmpty: false } between)
        {
            known.RemoveWhere(between.Between);
        }

        var resolved = new ResolvedMentions(
            [.. (named ?? []).Where(known.Contains).Distinct(StringComparer.Ordinal)],
            markers.Where(marker => !IsWord(marker)).Select(marker => marker.FirstOrDefault(known.Contains)).OfType<string>().Distinct(StringComparer.Ordinal).ToArray() is { Length: > 0 } inText ? inText : null,
            all && here,
            all && channel);
        RequireFew(resolved.Named, resolved.InText ?? []);
        return resolved;
    }

    /// <summary>The content after an edit, with the mentions that it changes looked up anew: those of the text where it sets that, the named ones where it names them.</summary>
    /// <exception cref="RefusedException">As above.</exception>
    public async Task<MessageContent> ResolveAsync(Caller caller, Standing standing, MessageContent content, EditMessageRequest edit, CancellationToken cancellationToken)
    {
        var resolved = await ResolveAsync(caller, standing, edit.Text.IsSet ? content.Text : null, edit.Mentions.IsSet ? content.Mentions : null, cancellationToken);
        var after = content with
        {
            Mentions = edit.Mentions.IsSet ? resolved.Named : content.Mentions,
            TextMentions = edit.Text.IsSet ? resolved.InText : content.TextMentions,
            MentionsHere = edit.Text.IsSet ? resolved.Here : content.MentionsHere,
            MentionsChannel = edit.Text.IsSet ? resolved.Channel : content.MentionsChannel,
        };
        RequireFew(after.Mentions, after.TextMentions ?? []);
        return after;
    }

    private static void RequireFew(IReadOnlyList<string> named, IReadOnlyList<string> inText) => new Validation()
        .Check(named.Union(inText, StringComparer.Ordinal).Count() <= MessageRules.MaxMentions, "mentions", $"must be at most {MessageRules.MaxMentions}, with those in the text")
        .ThrowIfAny();

    private static bool Says(IReadOnlyList<IReadOnlyList<string>> markers, string word) => markers.Any(marker => marker is [.., var shortest] && shortest == word);

    /// <summary>Whoever has such an id is mentioned by naming it.</summary>
    private static bool IsWord(IReadOnlyList<string> marker) => marker is [.., MentionMarkers.Here or MentionMarkers.Channel];
}

/// <summary>Whom a message mentions.</summary>
/// <param name="Named">The members whom the sender named.</param>
/// <param name="InText">The members whom the text marks; null: none.</param>
/// <param name="Here">Everyone who is there now.</param>
/// <param name="Channel">Everyone.</param>
public sealed record ResolvedMentions(IReadOnlyList<string> Named, IReadOnlyList<string>? InText, bool Here, bool Channel);
