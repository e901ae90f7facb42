using Caas.Contracts;

namespace Caas.Bench.Checking;

/// <summary>Holds what a log tells of its messages against what happened to them there: a change that stands in the log and not in the message is lost to whoever reads the message.</summary>
internal static class MessageStates
{
    /// <returns>One sentence per message that is not what its log says.</returns>
    public static IEnumerable<string> Faults(IReadOnlyList<EntryRecord> log)
    {
        var told = log.SelectMany(entry => entry.Told ?? []).GroupBy(message => message.Id).ToDictionary(states => states.Key, states => states.MaxBy(state => state.Rev)!);
        var happened = new Dictionary<string, List<EntryRecord>>(StringComparer.Ordinal);
        foreach (var entry in log.Where(entry => entry.Subject is not null))
        {
            Add(entry.Subject!.MessageId, entry);
            if (entry.Subject is { Root: { } root, Type: EntryTypes.MessageCreated or EntryTypes.MessageDeleted })
            {
                Add(root, entry);
            }
        }

        foreach (var (id, entries) in happened)
        {
            if (told.TryGetValue(id, out var tells) && Expect(id, entries) is var expected && !Fits(tells, expected))
            {
                yield return $"message {id} is {tells}, where its entries make {expected}";
            }
        }

        void Add(string id, EntryRecord entry)
        {
            if (!happened.TryGetValue(id, out var entries))
            {
                happened.Add(id, entries = []);
            }

            entries.Add(entry);
        }
    }

    private static MessageTold Expect(string id, IReadOnlyList<EntryRecord> entries)
    {
        var own = entries.Where(entry => entry.Subject!.MessageId == id).ToArray();
        return new(
            id,
            entries.Max(entry => entry.Seq),
            own.Any(entry => entry.Subject!.Type == EntryTypes.MessageDeleted),
            own.Any(entry => entry.Subject!.Type == EntryTypes.MessageEdited),
            own.LastOrDefault(entry => entry.Subject!.Type is EntryTypes.MessagePinned or EntryTypes.MessageUnpinned).Subject?.Type == EntryTypes.MessagePinned,
            Count(own, EntryTypes.ReactionAdded) - Count(own, EntryTypes.ReactionRemoved),
            own.Where(entry => entry.Subject!.Type == EntryTypes.PollVoted).Select(entry => entry.Sender).Distinct().Count(),
            entries.Count(entry => entry.Subject!.MessageId != id && entry.Subject.Type == EntryTypes.MessageCreated) - entries.Count(entry => entry.Subject!.MessageId != id && entry.Subject.Type == EntryTypes.MessageDeleted));
    }

    private static int Count(EntryRecord[] entries, string type) => entries.Count(entry => entry.Subject!.Type == type);

    /// <summary>The text is looked at elsewhere (<see cref="Contents"/>). Of a deleted message only that, and how far it has come: the rest is gone with it.</summary>
    private static bool Fits(MessageTold tells, MessageTold expected) => expected.Gone ? tells.Gone && tells.Rev == expected.Rev : (tells with { Content = null }) == expected;
}
