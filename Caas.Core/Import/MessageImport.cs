using Caas.Contracts;
using Caas.Core.Attachments;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Json;
using Caas.Core.Members;
using Caas.Core.Messages;
using Caas.Core.Receipts;
using Caas.Core.Users;

namespace Caas.Core.Import;

/// <summary>
/// History of elsewhere, with its own senders and times, in the order of the log. It is nobody's news: it is not pushed, costs no quota of messages, and whoever had read everything before has
/// read it too.
/// </summary>
public sealed class MessageImport(IEntryStore entries, EntryAppender appender, EntryDrafts drafts, Membership membership, AttachmentReferences references, ImportPeople people, TimeProvider clock)
{
    public const int Most = 100;

    /// <summary>Stores the messages behind what is there; durable when it returns. What was imported before comes in once.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c> with every field, <c>conversation_not_found</c>, <c>user_not_found</c>, <c>client_message_id_reused</c>, <c>not_allowed</c>, <c>insufficient_scope</c>, <c>unavailable</c>.</exception>
    public async Task<ImportMessagesResponse> ImportAsync(Caller caller, ConversationId conversation, ImportMessagesRequest request, CancellationToken cancellationToken)
    {
        caller.RequireBackend(Scopes.MessagesWrite);
        Require(request.Messages);
        await membership.RequireConversationAsync(caller.Tenant, conversation, cancellationToken);
        await people.RequireAsync(caller.Tenant, request.Messages, cancellationToken);
        var log = LogId.Of(caller.Tenant, conversation);
        var made = new List<EntryDraft>(request.Messages.Count);
        foreach (var message in request.Messages)
        {
            made.Add(await DraftAsync(caller, log, message, cancellationToken));
        }

        await RequireOrderAsync(log, made, cancellationToken);
        foreach (var draft in made)
        {
            await references.ClaimAsync(log, draft.Id, draft.Message!.Attachments, cancellationToken);
        }

        var stored = await appender.AppendTogetherAsync(made, CancellationToken.None);
        foreach (var (draft, (_, duplicate)) in made.Zip(stored).Where(one => one.Second.Duplicate))
        {
            await references.ReleaseAsync(log, draft.Id, draft.Message!.Attachments, CancellationToken.None);
        }

        await people.CatchUpAsync(log, [.. stored.Select(one => one.Entry)], CancellationToken.None);
        return new([.. stored.Select(one => new ImportedMessage(one.Entry.ClientMessageId, one.Entry.Id, one.Entry.Seq, one.Duplicate))]);
    }

    private async Task<EntryDraft> DraftAsync(Caller caller, LogId log, ImportMessage message, CancellationToken cancellationToken)
    {
        var hash = ContentHash.Of("import", message, CoreJsonContext.Default.ImportMessage);
        var sender = caller with { User = message.SenderId is { } id ? new UserId(id) : null };
        var state = new MessageState
        {
            Text = message.Text,
            Attachments = await references.ResolveAsync(caller with { User = null }, message.Attachments, cancellationToken),
            Mentions = [.. (message.Mentions ?? []).Distinct(StringComparer.Ordinal)],
            Custom = message.Custom.OrNull(),
        };
        return drafts.Create(sender, log, EntryTypes.MessageCreated, hash, EntryTarget.Message, message.ClientMessageId) with { Message = state, At = message.CreatedAt };
    }

    /// <summary>Times rise with the log: what is imported belongs behind what is there, and was imported before or comes after it.</summary>
    private async Task RequireOrderAsync(LogId log, List<EntryDraft> made, CancellationToken cancellationToken)
    {
        if (await entries.ReadMessagesAsync(log, Direction.Older, long.MaxValue, 1, cancellationToken) is not [var newest])
        {
            return;
        }

        for (var i = 0; i < made.Count; i++)
        {
            if (made[i].At < newest.At && await entries.FindByClientIdAsync(log, made[i].ActorId, made[i].ClientMessageId, cancellationToken) is null)
            {
                throw Refusal.ValidationFailed.With($"messages[{i}].createdAt", $"must not be before the newest message there, of {newest.At:O}");
            }
        }
    }

    private void Require(IReadOnlyList<ImportMessage> messages)
    {
        new Validation().Check(messages.Count is > 0 and <= Most, "messages", $"must be 1 to {Most}").ThrowIfAny();
        var (validation, now, last) = (new Validation(), clock.GetUtcNow(), DateTimeOffset.MinValue);
        var seen = new HashSet<(string?, string?)>();
        for (var i = 0; i < messages.Count; i++)
        {
            var field = $"messages[{i}]";
            if (messages[i] is not { } message)
            {
                validation.Check(false, field, "must not be null");
                continue;
            }

            validation
                .Check(message.ClientMessageId is not null && seen.Add((message.SenderId, message.ClientMessageId)), $"{field}.clientMessageId", "must be set, and once for each sender")
                .Check(message.SenderId is null || PublicId.IsValid(message.SenderId), $"{field}.senderId", "must be a user's id")
                .Check(message.CreatedAt <= now && message.CreatedAt >= DateTimeOffset.UnixEpoch, $"{field}.createdAt", "must not be in the future, nor before 1970")
                .Check(message.CreatedAt >= last, $"{field}.createdAt", "must not be before that of the message before it");
            last = message.CreatedAt;
            try
            {
                MessageRules.Require(new SendMessageRequest(message.Text, message.ClientMessageId, message.Attachments, message.Mentions, null, message.Custom), message.ClientMessageId);
            }
            catch (RefusedException refused)
            {
                foreach (var (name, wrong) in refused.Errors ?? new Dictionary<string, string[]>())
                {
                    validation.Check(false, $"{field}.{name}", wrong[0]);
                }
            }
        }

        validation.ThrowIfAny();
    }
}

/// <summary>The people of imported history: its senders, and those who are to have read it.</summary>
public sealed class ImportPeople(IUserStore users, IMemberStore members, IReceiptStore receipts)
{
    private const int Page = 500;

    /// <exception cref="RefusedException"><c>user_not_found</c>, naming those who were never there. Deactivated ones were.</exception>
    public async Task RequireAsync(TenantId tenant, IReadOnlyList<ImportMessage> messages, CancellationToken cancellationToken)
    {
        UserId[] senders = [.. messages.Select(message => message.SenderId).OfType<string>().Distinct(StringComparer.Ordinal).Select(id => new UserId(id))];
        var known = senders.Length == 0 ? [] : (await users.FindManyAsync(tenant, senders, cancellationToken)).Select(user => user.Id).ToHashSet();
        if (senders.FirstOrDefault(sender => !known.Contains(sender)) is { Value: not null } missing)
        {
            throw Refusal.UserNotFound.With($"No such user: {missing}.");
        }
    }

    /// <summary>
    /// Members who had read everything up to what was imported have read that too: history is not unread. Decided by the places that the messages have, not by where the log ended before: so it
    /// comes out the same when a call that broke off is repeated, and when a live message comes in between.
    /// </summary>
    public async Task CatchUpAsync(LogId log, IReadOnlyList<Entry> imported, CancellationToken cancellationToken)
    {
        var runs = Runs(imported);
        UserId? after = null;
        while (true)
        {
            var some = await members.ListAsync(log.Tenant, new(log.Name), after, Page, cancellationToken);
            CursorMove[] moves = [.. some.Select(member => Move(log, member, runs)).OfType<CursorMove>()];
            if (moves.Length > 0)
            {
                await receipts.MoveAsync(moves, cancellationToken);
            }

            if (some.Count < Page)
            {
                return;
            }

            after = some[^1].User;
        }
    }

    /// <returns>Null: the member stays where it is.</returns>
    private static CursorMove? Move(LogId log, Member member, List<(long Before, Entry Last)> runs)
    {
        var (read, reached) = (member.ReadMessageNo, (Entry?)null);
        foreach (var (before, last) in runs)
        {
            if (read >= before && read < last.MessageNo)
            {
                (read, reached) = (last.MessageNo, last);
            }
        }

        return reached is not null && member.ReadSeq < reached.Seq ? new(log, member.User, reached.Seq, reached.Seq, reached.MessageNo) : null;
    }

    /// <summary>What was imported, apart where other messages stand in between: how many messages are before each stretch, and its last one.</summary>
    private static List<(long Before, Entry Last)> Runs(IReadOnlyList<Entry> imported)
    {
        var runs = new List<(long Before, Entry Last)>();
        foreach (var entry in imported.OrderBy(entry => entry.Seq))
        {
            if (runs is [.., var run] && run.Last.MessageNo == entry.MessageNo - 1)
            {
                runs[^1] = (run.Before, entry);
            }
            else
            {
                runs.Add((entry.MessageNo - 1, entry));
            }
        }

        return runs;
    }
}
