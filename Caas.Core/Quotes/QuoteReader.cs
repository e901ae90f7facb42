using Caas.Core.Entries;

namespace Caas.Core.Quotes;

/// <summary>Reads what messages quote, when they are shown: a quote says what the quoted message says now, and nothing once that is deleted.</summary>
public sealed class QuoteReader(IEntryStore entries)
{
    /// <summary>The same messages, those that quote with <see cref="Entry.Quoted"/>. One read for all of them, none where nothing is quoted.</summary>
    /// <param name="messages">All of one tenant. Entries that are no messages stay as they are.</param>
    public async Task<IReadOnlyList<Entry>> AttachAsync(IReadOnlyList<Entry> messages, CancellationToken cancellationToken)
    {
        var wanted = messages.Where(message => message.Message is { QuoteSeq: > 0 }).Select(PlaceOf).Distinct().ToArray();
        if (wanted.Length == 0)
        {
            return messages;
        }

        var found = (await entries.ReadManyAsync(messages[0].Log.Tenant, wanted, cancellationToken)).ToDictionary(quoted => (quoted.Log, quoted.Seq));
        return [.. messages.Select(message => message.Message is { QuoteSeq: > 0 } ? message with { Quoted = found.GetValueOrDefault(PlaceOf(message)) } : message)];
    }

    /// <summary>One message with what it quotes.</summary>
    public async ValueTask<Entry> AttachAsync(Entry message, CancellationToken cancellationToken) =>
        message.Message is { QuoteSeq: > 0 } ? (await AttachAsync([message], cancellationToken))[0] : message;

    private static (LogId Log, long Seq) PlaceOf(Entry message) => (message.Log, message.Message!.QuoteSeq);
}
