using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Delivery;
using Caas.Core.Members;
using Caas.Core.Visibility;

namespace Caas.Core.Entries;

/// <summary>Reads a conversation's log as one caller may see it.</summary>
public sealed class EntryReader(IEntryStore entries, EntryViews views, Membership membership, Viewers viewers)
{
    /// <summary>The most entries of one page.</summary>
    public const int MaxLimit = 1000;

    /// <summary>Characters of content after which a page ends early, so that an answer stays of a size that a phone can take.</summary>
    private const int MaxContent = 1024 * 1024;

    /// <summary>Entries with seq above <paramref name="afterSeq"/>, in order, messages in their current state. A page may end early when its texts are long: <see cref="EntryPage.Complete"/> tells.</summary>
    /// <param name="afterSeq">0: from the start; null: the newest <paramref name="limit"/> entries.</param>
    /// <param name="limit">1 to 1,000.</param>
    /// <param name="fresh">Whether the membership is asked of the store: for a join, which outlives the call.</param>
    /// <exception cref="RefusedException"><c>conversation_not_found</c>, <c>not_a_member</c>; <c>invalid_arguments</c> when <paramref name="afterSeq"/> is negative or above the last seq, or the limit is out of range.</exception>
    public async Task<EntryPage> ReadAfterAsync(Caller caller, ConversationId conversation, long? afterSeq, int limit, CancellationToken cancellationToken, bool fresh = false)
    {
        if (limit is < 1 or > MaxLimit)
        {
            throw Refusal.InvalidArguments.With("limit", $"must be 1 to {MaxLimit}");
        }

        if (afterSeq < 0)
        {
            throw Refusal.InvalidArguments.With("afterSeq", "must not be negative");
        }

        await membership.RequireAsync(caller, conversation, Right.Read, cancellationToken, fresh);
        var log = LogId.Of(caller.Tenant, conversation);
        var tail = (await entries.ReadTailAsync(log, cancellationToken)).Seq;
        if (afterSeq > tail)
        {
            throw Refusal.InvalidArguments.With("afterSeq", $"is above the last seq, {tail}");
        }

        var stretch = await entries.ReadAfterAsync(log, afterSeq ?? Math.Max(0, tail - limit), limit, cancellationToken);
        if (afterSeq is not null)
        {
            stretch = Bounded(stretch);
        }

        var newest = stretch is [.., var last] ? last.Seq : afterSeq ?? 0;
        var viewer = await viewers.OfAsync(caller, cancellationToken);
        var shaped = await views.ShapeAsync(log, stretch, cancellationToken);
        return new(viewer.Show(shaped), Math.Max(tail, newest), newest >= tail);
    }

    /// <summary>For delivery inside the platform: entries as members see them, without asking who.</summary>
    public async Task<IReadOnlyList<DeliveredEntry>> ReadForDeliveryAsync(TenantId tenant, ConversationId conversation, long afterSeq, int limit, CancellationToken cancellationToken)
    {
        var log = LogId.Of(tenant, conversation);
        var shaped = await views.ShapeAsync(log, await entries.ReadAfterAsync(log, afterSeq, limit, cancellationToken), cancellationToken);
        return [.. shaped.Select(Viewer.Deliver)];
    }

    private static IReadOnlyList<Entry> Bounded(IReadOnlyList<Entry> stretch)
    {
        var content = 0;
        for (var i = 0; i < stretch.Count; i++)
        {
            content += Messages.MessageRules.SizeOf(stretch[i].Message);
            if (content > MaxContent && i > 0)
            {
                return [.. stretch.Take(i)];
            }
        }

        return stretch;
    }
}
