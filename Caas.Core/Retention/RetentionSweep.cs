using System.Globalization;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Feed;
using Caas.Core.Messages;
using Caas.Core.Scheduled;
using Caas.Core.Tenants;
using Caas.Core.Timed;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Caas.Core.Retention;

/// <summary>
/// Erases messages that are older than their tenant keeps them, in one process at a time. A message is deleted as by its deletion: an entry says so, so that clients that synchronise erase too, and
/// the log stays dense. How far each conversation is done is kept, so that no round looks at the same messages again.
/// </summary>
public sealed partial class RetentionSweep(RetentionStores stores, MessageWriter writer, IOptions<RetentionOptions> options, RetentionMetrics metrics, Election election, ILogger<RetentionSweep> logger)
    : Elected("retention", election, logger)
{
    private const int Page = 200;

    /// <summary>So many messages of one tenant, then it is the next one's turn.</summary>
    private const int Slice = 1_000;

    /// <summary>Where a tenant goes on that was not done in its turn.</summary>
    private readonly Dictionary<TenantId, Place> _open = [];

    /// <summary>Whether a tenant was not done in the last round.</summary>
    public bool IsBehind { get; private set; }

    /// <summary>One round over all tenants, of each so many messages.</summary>
    /// <param name="epoch">Of the lease: what a process that has lost it saves is refused.</param>
    /// <returns>How many messages were erased.</returns>
    public async Task<long> SweepAsync(long epoch, CancellationToken cancellationToken)
    {
        long erased = 0;
        TenantId? after = null;
        IsBehind = false;
        while (true)
        {
            var tenants = await stores.Tenants.ListAsync(after, Page, cancellationToken);
            foreach (var tenant in tenants.Where(tenant => tenant.Settings.RetentionDays is not null))
            {
                var count = await SweepAsync(tenant, Clock.GetUtcNow().AddDays(-tenant.Settings.RetentionDays!.Value), epoch, cancellationToken);
                if (count > 0)
                {
                    LogErased(count, tenant.Id, tenant.Settings.RetentionDays.Value);
                }

                erased += count;
            }

            if (tenants.Count < Page)
            {
                return erased;
            }

            after = tenants[^1].Id;
        }
    }

    /// <inheritdoc/>
    protected override async Task WorkAsync(long epoch, CancellationToken cancellationToken)
    {
        while (true)
        {
            await SweepAsync(epoch, cancellationToken);
            if (!IsBehind)
            {
                await Task.Delay(options.Value.Interval, Clock, cancellationToken);
            }
        }
    }

    private async Task<long> SweepAsync(Tenant tenant, DateTimeOffset before, long epoch, CancellationToken cancellationToken)
    {
        var erased = await EraseFailedAsync(tenant.Id, before, cancellationToken);
        for (var place = _open.Remove(tenant.Id, out var open) ? open : new(null, null); ;)
        {
            var conversations = await ListAsync(tenant.Id, place, cancellationToken);
            foreach (var conversation in conversations)
            {
                erased += conversation.Summary.LastMessageSeq > 0 ? await SweepAsync(conversation, before, epoch, Slice - erased, cancellationToken) : 0;
                if (erased >= Slice)
                {
                    // The same conversation once more: it may not be done.
                    _open[tenant.Id] = place;
                    IsBehind = true;
                    return erased;
                }

                place = place.After(conversation);
            }

            if (conversations.Count < Page)
            {
                if (place.Deleted is not null)
                {
                    return erased;
                }

                place = place with { Deleted = "" };
            }
        }
    }

    /// <summary>A page: first those that stand (one that somebody writes to meanwhile goes to the front, and is met in the next round), then those that are deleted.</summary>
    private Task<IReadOnlyList<Conversation>> ListAsync(TenantId tenant, Place place, CancellationToken cancellationToken) => place.Deleted is { } after
        ? stores.Conversations.ListDeletedAsync(tenant, after.Length == 0 ? null : new ConversationId(after), Page, cancellationToken)
        : stores.Conversations.ListForTenantAsync(tenant, place.Standing, Page, cancellationToken);

    private async Task<long> SweepAsync(Conversation conversation, DateTimeOffset before, long epoch, long most, CancellationToken cancellationToken)
    {
        var (log, place) = (conversation.Log, $"retention/{conversation.Log}");
        var done = await stores.Places.ReadSourcePositionAsync(place, cancellationToken) is { } saved ? long.Parse(saved.Position.Value, CultureInfo.InvariantCulture) : 0;
        for (long erased = 0; ;)
        {
            if (done >= conversation.Summary.LastMessageSeq)
            {
                return erased;
            }

            var messages = await stores.Entries.ReadMessagesAsync(log, Direction.Newer, done, Page, cancellationToken);
            var old = messages.TakeWhile(message => message.At < before).ToArray();
            foreach (var message in old.Where(message => message.Message!.DeletedAt is null))
            {
                await EraseAsync(message, cancellationToken);
                erased++;
            }

            if (old.Length > 0)
            {
                done = old[^1].Seq;
                await stores.Places.SaveSourcePositionAsync(place, new(done.ToString(CultureInfo.InvariantCulture)), old[^1].At, epoch, cancellationToken);
            }

            if (old.Length < Page || erased >= most)
            {
                return erased;
            }
        }
    }

    /// <summary>Messages that could not be sent when they were due, and that nobody dismissed.</summary>
    private async Task<long> EraseFailedAsync(TenantId tenant, DateTimeOffset before, CancellationToken cancellationToken)
    {
        for (long erased = 0; ;)
        {
            var old = await stores.Timed.ListSetAsideAsync(tenant, ScheduledMessages.Kind, before, Page, cancellationToken);
            foreach (var item in old)
            {
                erased += await stores.Timed.DeleteAsync(item.Place, item.Id, cancellationToken) ? 1 : 0;
            }

            if (old.Count < Page)
            {
                return erased;
            }
        }
    }

    private async Task EraseAsync(Entry message, CancellationToken cancellationToken)
    {
        await writer.DeleteAsync(Caller.Platform(message.Log.Tenant), message, cancellationToken);
        metrics.Erased();
    }

    [LoggerMessage(9231, LogLevel.Information, "Erased {Count} messages of tenant {Tenant} that were older than {Days} days.")]
    private partial void LogErased(long count, TenantId tenant, int days);

    /// <summary>A place among a tenant's conversations.</summary>
    /// <param name="Standing">Among those that stand; null at their beginning.</param>
    /// <param name="Deleted">Among the deleted ones, which come after them: an id, or empty at their beginning; null before.</param>
    private sealed record Place(ConversationCursor? Standing, string? Deleted)
    {
        public Place After(Conversation conversation) => Deleted is null
            ? this with { Standing = new(conversation.Summary.LastActivityAt, conversation.Id.Value) }
            : this with { Deleted = conversation.Id.Value };
    }
}

/// <summary>What retention works on. How far each conversation is done stands among the places of those who follow, one row for each.</summary>
public sealed record RetentionStores(ITenantStore Tenants, IConversationStore Conversations, IEntryStore Entries, ITimedStore Timed, IFeedStore Places);
