using System.Runtime.CompilerServices;
using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Blocks;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Members;
using Caas.Core.Messages;
using Caas.Core.Receipts;
using Caas.Core.Reminders;
using Caas.Core.Scheduled;
using Caas.Core.Timed;
using Caas.Core.Users;
using Caas.Core.Visibility;

namespace Caas.Core.Exports;

/// <summary>What a user left in logs, read page by page.</summary>
public sealed class ConversationTraces(IUserTraceStore traces, IEntryStore entries, IConversationStore conversations, IMemberStore members, ITimedStore timed, MessageReader messages, ReceiptService receipts)
{
    private const int PageSize = 200;

    /// <summary>Where the user left something. Looks at all conversations of the tenant: once for an export.</summary>
    public async Task<IReadOnlyList<ConversationId>> FindAsync(User user, CancellationToken cancellationToken)
    {
        var all = new List<ConversationId>();
        ConversationId? after = null;
        do
        {
            var found = await traces.FindConversationsAsync(user.Tenant, user.Id, after, cancellationToken);
            all.AddRange(found.Conversations);
            after = found.Next;
        }
        while (after is not null);

        return all;
    }

    /// <summary>The user's own log.</summary>
    public async IAsyncEnumerable<ExportedEvent> AccountAsync(User user, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var after = 0L; ;)
        {
            var page = await entries.ReadAfterAsync(LogId.OfUser(user.Tenant, user.Id), after, PageSize, cancellationToken);
            foreach (var entry in page)
            {
                yield return new(entry.Seq, entry.Type, entry.At, ReservedData.Public(entry.Data));
                after = entry.Seq;
            }

            if (page.Count < PageSize)
            {
                yield break;
            }
        }
    }

    public async IAsyncEnumerable<ExportedConversation> ListAsync(User user, IReadOnlyList<ConversationId> of, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var id in of)
        {
            if (await conversations.FindAsync(user.Tenant, id, cancellationToken) is { } conversation)
            {
                var member = await members.FindAsync(user.Tenant, id, user.Id, cancellationToken);
                var view = member?.View;
                yield return new(
                    id.Value,
                    conversation.Type,
                    conversation.Name,
                    conversation.DeletedAt,
                    member?.Role,
                    member?.JoinedAt,
                    member?.Removed ?? false,
                    member?.DeliveredSeq,
                    member?.ReadSeq,
                    view?.Muted ?? false,
                    view?.IsHidden(conversation.Summary.LastMessageSeq) ?? false,
                    view?.Archived ?? false,
                    view?.Pinned ?? false,
                    view?.MarkedUnread ?? false);
            }
        }
    }

    public async IAsyncEnumerable<ExportedMessage> MessagesAsync(User user, IReadOnlyList<ConversationId> of, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var entry in ReadAsync(user, of, cancellationToken))
        {
            if (entry.Message is { } state)
            {
                yield return new(entry.SeenBy(user.Id).ToMessage(), state.SeenBy(user.Id) is { EditedAt: not null, DeletedAt: null } ? await messages.ReadVersionsAsync(new(user.Id, BlockSet.None), entry, cancellationToken) : []);
            }
        }
    }

    public async IAsyncEnumerable<ExportedAction> ActionsAsync(User user, IReadOnlyList<ConversationId> of, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var entry in ReadAsync(user, of, cancellationToken))
        {
            if (entry.Message is null)
            {
                var target = entry.Target > 0 && await entries.ReadManyAsync(entry.Log, [entry.Target], cancellationToken) is [var found] ? found : null;
                yield return new(entry.Log.Name, entry.Seq, entry.Type, entry.At, target?.Id, new ShapedEntry(entry, target).Data);
            }
        }
    }

    /// <summary>As the user is shown them: members who hide theirs stay hidden, and conversations that the user has left tell nothing.</summary>
    public async IAsyncEnumerable<ExportedReceipt> ReceiptsAsync(User user, IReadOnlyList<ConversationId> of, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var self = new Caller { Kind = CallerKind.User, Tenant = user.Tenant, User = user.Id };
        foreach (var id in of)
        {
            if (await conversations.FindAsync(user.Tenant, id, cancellationToken) is not { DeletedAt: null } || await members.FindAsync(user.Tenant, id, user.Id, cancellationToken) is not { Removed: false })
            {
                continue;
            }

            string? cursor = null;
            do
            {
                if (await ReadReceiptsAsync(self, id, cursor, cancellationToken) is not { } page)
                {
                    break;
                }

                foreach (var receipt in page.Items)
                {
                    yield return new(id.Value, receipt.UserId, receipt.DeliveredSeq, receipt.ReadSeq);
                }

                cursor = page.Next;
            }
            while (cursor is not null);
        }
    }

    public async IAsyncEnumerable<ExportedScheduled> ScheduledAsync(User user, IReadOnlyList<ConversationId> of, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var id in of)
        {
            foreach (var item in await timed.ListAsync(new(user.Tenant, ScheduledMessages.Kind, id.Value), TimedOwner.Of(user.Id), after: null, ScheduledMessages.Most * 2, cancellationToken))
            {
                yield return new(id.Value, item.Id, item.DueAt, item.Waiting, JsonElement.Parse(item.Body));
            }
        }
    }

    public async IAsyncEnumerable<ExportedReminder> RemindersAsync(User user, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var item in await timed.ListAsync(new(user.Tenant, ReminderService.Kind, user.Id.Value), TimedOwner.Everybody, after: null, ReminderService.Most * 2, cancellationToken))
        {
            yield return new(item.Id, item.DueAt, item.Waiting, JsonElement.Parse(item.Body));
        }
    }

    /// <returns>Null: the user is shown none (any more), as one who is banned.</returns>
    private async Task<Page<ReceiptResponse>?> ReadReceiptsAsync(Caller self, ConversationId conversation, string? cursor, CancellationToken cancellationToken)
    {
        try
        {
            return await receipts.ListAsync(self, conversation, PageSize, cursor, cancellationToken);
        }
        catch (RefusedException refused) when (refused.Refusal.Status is 403 or 404)
        {
            return null;
        }
    }

    /// <summary>All that the user appended in conversations.</summary>
    private async IAsyncEnumerable<Entry> ReadAsync(User user, IReadOnlyList<ConversationId> of, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var id in of)
        {
            for (long? after = 0; after is not null;)
            {
                var page = await traces.ReadByActorAsync(LogId.Of(user.Tenant, id), user.Id, after.Value, PageSize, cancellationToken);
                foreach (var entry in page.Entries)
                {
                    yield return entry;
                }

                after = page.Next;
            }
        }
    }
}
