using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Entries;
using Caas.Core.Feed;
using Caas.Core.Json;

namespace Caas.Core.Flags;

/// <summary>Folds flags and resolutions into the row of their message, by compare-and-set on its rev: two replicas' flags are never lost. The projector repairs what a crash left.</summary>
public sealed class FlagFolder(IEntryStore entries, IFlagStore flags) : ILogProjection
{
    /// <summary>How many reasons a row names.</summary>
    public const int NewestReasons = 20;

    private const string Prefix = "$flags/";
    private const int Batch = 200;

    /// <summary>The log of what was flagged in a conversation. An entry's target is the seq of the message.</summary>
    public static LogId LogOf(TenantId tenant, ConversationId conversation) => new(tenant, Prefix + conversation.Value);

    public bool Handles(LogId log) => log.Name.StartsWith(Prefix, StringComparison.Ordinal);

    public async Task RepairAsync(LogId log, IReadOnlyList<EntryHeader> headers, CancellationToken cancellationToken)
    {
        foreach (var seq in headers.Select(header => header.Target).Where(target => target > 0).Distinct())
        {
            await FoldAsync(log, seq, cancellationToken);
        }
    }

    /// <summary>Brings the row of a message up to date.</summary>
    /// <returns>Null: nobody has flagged it.</returns>
    public async Task<FlagCase?> FoldAsync(LogId log, long messageSeq, CancellationToken cancellationToken)
    {
        var first = await entries.ReadChangesAsync(log, messageSeq, 0, 1, cancellationToken);
        if (first is not [{ Data: { } data }] || data.Deserialize(IdentityJsonContext.Default.FlagCreatedData) is not { MessageId: { } messageId })
        {
            return null;
        }

        while (true)
        {
            var known = await flags.FindAsync(log.Tenant, messageId, cancellationToken);
            var changes = await entries.ReadChangesAsync(log, messageSeq, known?.Rev ?? 0, Batch, cancellationToken);
            if (changes.Count == 0)
            {
                return known;
            }

            var folded = changes.Aggregate(known, (one, change) => Apply(one, log, change));
            if (folded is null || (await flags.SaveAsync(log.Tenant, folded, known?.Rev, cancellationToken) && changes.Count < Batch))
            {
                return folded;
            }
        }
    }

    private static FlagCase? Apply(FlagCase? known, LogId log, Entry change)
    {
        if (change.Type == SystemEntryTypes.FlagCreated && change.Data?.Deserialize(IdentityJsonContext.Default.FlagCreatedData) is { } flag)
        {
            var reason = new FlagReason(change.ActorId, flag.Reason, change.At);
            return known is null
                ? new(flag.MessageId, new(log.Name[Prefix.Length..]), change.Target, flag.SenderId, FlagStatus.Open, change.At, new(1, change.At, [reason], null), change.Seq)
                : known with
                {
                    Status = FlagStatus.Open,
                    OpenedAt = known.Status == FlagStatus.Open ? known.OpenedAt : change.At,
                    Details = known.Details with { Count = known.Details.Count + 1, LastAt = change.At, Reasons = [reason, .. known.Details.Reasons.Take(NewestReasons - 1)] },
                    Rev = change.Seq,
                };
        }

        return known is not null && change.Type == SystemEntryTypes.FlagResolved && change.Data?.Deserialize(IdentityJsonContext.Default.FlagResolvedData) is { } resolved
            ? known with { Status = FlagStatus.Resolved, Details = known.Details with { Resolution = new(resolved.Action, resolved.Note, resolved.By, change.At) }, Rev = change.Seq }
            : known is null ? null : known with { Rev = change.Seq };
    }
}

/// <summary>What <c>flag.created</c> in <c>$flags/{conversation}</c> keeps; who flagged is the entry's actor.</summary>
/// <param name="SenderId">Who sent the message; null: the tenant's backend.</param>
internal sealed record FlagCreatedData(string ConversationId, string MessageId, string? SenderId, string Reason);

/// <summary>What <c>flag.resolved</c> keeps.</summary>
internal sealed record FlagResolvedData(string ConversationId, string MessageId, FlagAction Action, string? Note, string By);
