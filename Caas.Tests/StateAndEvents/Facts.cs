using System.Globalization;
using System.Text.Json;
using Caas.Client;
using Caas.Contracts;

namespace Caas.Tests.StateAndEvents;

/// <summary>A conversation's state as named facts, to be compared whole: whoever collects them, the same state gives the same facts.</summary>
/// <param name="spared">Of somebody who blocks: replies that are hidden still count for the message that they reply to, and are told with the next that is not; so that is not compared, where it can still change.</param>
internal sealed class Facts(Spared spared)
{
    public SortedDictionary<string, string> All { get; } = new(StringComparer.Ordinal);

    /// <summary>What REST says to one member.</summary>
    public static async Task<SortedDictionary<string, string>> ReadAsync(CaasRestClient rest, string conversation, Spared spared, IReadOnlyList<string> withoutReceipts, CancellationToken cancellationToken)
    {
        var facts = new Facts(spared);
        var state = await rest.Conversations.GetAsync(conversation, cancellationToken);
        facts.Conversation(state.Name, state.MemberCount, state.LastSeq);
        facts.Unread(state.Unread!.Value);
        await foreach (var member in rest.Members.ListAsync(conversation, cancellationToken))
        {
            facts.Member(member.UserId, member.Role, member.JoinedAt);
        }

        await foreach (var receipt in rest.Receipts.ListAsync(conversation, cancellationToken))
        {
            facts.Receipt(receipt.UserId, receipt.DeliveredSeq, receipt.ReadSeq);
        }

        await foreach (var message in rest.Messages.ListAsync(conversation, cancellationToken))
        {
            facts.Message(message);
        }

        await foreach (var pin in rest.Messages.ListPinsAsync(conversation, cancellationToken))
        {
            facts.Pin(pin.Message.Seq, pin.PinnedBy, pin.PinnedAt);
        }

        facts.ForgetReceipts(withoutReceipts);
        return facts.All;
    }

    /// <summary>Null when they are equal; otherwise the first differences.</summary>
    public static string? Difference(SortedDictionary<string, string> events, SortedDictionary<string, string> state)
    {
        var names = events.Keys.Union(state.Keys).Where(name => events.GetValueOrDefault(name) != state.GetValueOrDefault(name)).ToArray();
        return names.Length == 0 ? null : $"{names.Length} facts differ, such as {string.Join("; ", names.Take(3).Select(name => $"{name}: events say {events.GetValueOrDefault(name) ?? "nothing"}, REST says {state.GetValueOrDefault(name) ?? "nothing"}"))}";
    }

    public void Conversation(string? name, int members, long lastSeq) => All["conversation"] = $"{name}, {members} members, {lastSeq} entries";

    public void Member(string user, MemberRole role, DateTimeOffset joinedAt) => All[$"member {user}"] = $"{role} since {joinedAt:O}";

    public void Receipt(string user, long? delivered, long? read) => All[$"receipt {user}"] = $"delivered {delivered}, read {read}";

    public void Message(MessageResponse message) => All[Name("message", message.Seq)] =
        JsonSerializer.Serialize(Compared(message) with { Quote = message.Quote is { } quote && IsSpared(quote.DeletedAt) ? quote with { Rev = 0 } : message.Quote }, CaasJson.Options);

    /// <summary>What one who was shadow-banned has read by writing is told to others only with its next mark.</summary>
    public void ForgetReceipts(IEnumerable<string> users)
    {
        foreach (var user in users)
        {
            All.Remove($"receipt {user}");
        }
    }

    public void Pin(long seq, string? by, DateTimeOffset at) => All[Name("pin", seq)] = $"by {by ?? "the backend"} at {at:O}";

    public void Unread(long count) => All["unread"] = count.ToString(CultureInfo.InvariantCulture);

    private MessageResponse Compared(MessageResponse message) => IsSpared(message.DeletedAt) ? message with { ReplyCount = 0, Thread = null, Rev = 0 } : message;

    private bool IsSpared(DateTimeOffset? deletedAt) => spared == Spared.Threads || (spared == Spared.DeletedThreads && deletedAt is not null);

    private static string Name(string kind, long seq) => string.Create(CultureInfo.InvariantCulture, $"{kind} {seq:0000}");
}

/// <summary>Of which messages it is not compared what their threads make of them.</summary>
internal enum Spared
{
    None,

    /// <summary>Of those that nobody can reply to any more.</summary>
    DeletedThreads,

    Threads,
}
