using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Attachments;
using Caas.Core.Callers;
using Caas.Core.Delivery;
using Caas.Core.Entries;
using Caas.Core.Json;
using Caas.Core.LinkPreviews;
using Caas.Core.Quotes;
using Caas.Core.Visibility;

namespace Caas.Core.Messages;

/// <summary>
/// How messages come and change: append the entry, fold it where it targets a message, tell those who watch. Shared by sends, edits, deletions, reactions and pins.
/// What was begun does not end with its caller: an entry that is stored is folded and told.
/// </summary>
public sealed class MessageWriter(
    IEntryStore entries, EntryAppender appender, EntryDrafts drafts, MessageFolder folder, QuoteReader quotes, IEntryBroadcaster broadcaster, AttachmentReferences attachments, LinkPreviewQueue links, Viewers viewers, MessageMetrics metrics)
{
    /// <summary>A message that the caller may see.</summary>
    /// <exception cref="RefusedException"><c>message_not_found</c>.</exception>
    public async Task<Entry> RequireAsync(Caller caller, LogId log, string messageId, CancellationToken cancellationToken) =>
        messageId is { Length: > 0 and <= 64 } && await entries.FindAsync(log, messageId, cancellationToken) is { Message: not null } message && (await viewers.OfAsync(caller, cancellationToken)).Sees(message)
            ? message
            : throw Refusal.MessageNotFound.AsException();

    /// <summary>The message that a thread hangs on: of a reply to a reply it is that reply's own. Deleted ones still take replies.</summary>
    /// <exception cref="RefusedException"><c>message_not_found</c>.</exception>
    public async Task<Entry> RequireRootAsync(Caller caller, LogId log, string threadOf, CancellationToken cancellationToken)
    {
        var found = await RequireAsync(caller, log, threadOf, cancellationToken);
        return found.Thread > 0 ? (await entries.ReadManyAsync(log, [found.Thread], cancellationToken)).Single() : found;
    }

    /// <summary>The change that the same call made before; null: none.</summary>
    public async Task<Entry?> FindChangeAsync(Caller caller, Entry message, string clientId, string contentHash, CancellationToken cancellationToken) =>
        await entries.FindByClientIdAsync(message.Log, caller.User?.Value, clientId, cancellationToken) is { } found && found.Target == message.Seq && found.ContentHash == contentHash ? found : null;

    /// <summary>The answer of a call that changed nothing more: the message as it is shown to the caller.</summary>
    /// <param name="seq">The seq of the entry that made the change before.</param>
    public async Task<ChangedMessage> AnswerAsync(Caller caller, Entry message, long seq, CancellationToken cancellationToken) =>
        new((await viewers.OfAsync(caller, cancellationToken)).Show(await quotes.AttachAsync(message, cancellationToken)), seq);

    /// <summary>Brings a message up to date before something is decided by its state.</summary>
    public async Task<Entry> FoldAsync(Entry message, CancellationToken cancellationToken) =>
        await folder.FoldAsync(message.Log, message.Seq, cancellationToken) ?? throw Refusal.MessageNotFound.AsException();

    /// <summary>Stores a message.</summary>
    /// <param name="root">The message that it replies to; null: none.</param>
    /// <exception cref="RefusedException"><c>client_message_id_reused</c>, <c>unavailable</c>.</exception>
    public async Task<SentMessage> CreateAsync(Caller caller, LogId log, MessageState state, Entry? root, string contentHash, string? clientId, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var draft = drafts.Create(caller, log, EntryTypes.MessageCreated, contentHash, EntryTarget.Message, clientId) with { Message = state, Thread = root?.Seq ?? 0, Shadowed = await viewers.IsShadowedAsync(caller, log, cancellationToken) };
        await attachments.ClaimAsync(log, draft.Id, state.Attachments, cancellationToken);
        var (entry, duplicate) = await appender.AppendAsync(draft, CancellationToken.None);
        var told = await ReadAroundAsync(entry);
        metrics.Sent(duplicate);
        if (duplicate)
        {
            await attachments.ReleaseAsync(log, draft.Id, state.Attachments, CancellationToken.None);
        }
        else
        {
            if (told is { } around)
            {
                broadcaster.Broadcast(caller.Tenant, Viewer.Deliver(new(around.Entry, Root: around.Root)));
            }

            links.Offer(entry, entry);
        }

        return new((await viewers.OfAsync(caller, CancellationToken.None)).Show(told?.Entry ?? entry), duplicate);
    }

    /// <summary>Deletes a message for everyone. Whoever deletes it, it is deleted once.</summary>
    /// <exception cref="RefusedException"><c>unavailable</c>.</exception>
    public Task<ChangedMessage> DeleteAsync(Caller caller, Entry message, CancellationToken cancellationToken)
    {
        var data = JsonSerializer.SerializeToElement(new MessageChangedData(message.Id), CoreJsonContext.Default.MessageChangedData);
        return ChangeAsync(caller, message, EntryTypes.MessageDeleted, data, ContentHash.Of(EntryTypes.MessageDeleted, message.Id, CoreJsonContext.Default.String), $"$delete:{message.Id}", cancellationToken);
    }

    /// <summary>Stores a change of a message and folds it.</summary>
    /// <exception cref="RefusedException"><c>client_message_id_reused</c>, <c>unavailable</c>.</exception>
    public async Task<ChangedMessage> ChangeAsync(Caller caller, Entry message, string type, JsonElement data, string contentHash, string? clientId, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var draft = drafts.Create(caller, message.Log, type, contentHash, message.Seq, clientId) with
        {
            Data = data,
            Thread = type == EntryTypes.MessageDeleted ? message.Thread : 0,
            Shadowed = !message.Shadowed && Shadowable(type) && await viewers.IsShadowedAsync(caller, message.Log, cancellationToken),
        };
        var (entry, duplicate) = await appender.AppendAsync(draft, CancellationToken.None);

        // Durable. Where it fails, the next fold or the projector repairs it.
        var folded = await quotes.AttachAsync(await folder.FoldAsync(message.Log, message.Seq, CancellationToken.None) ?? throw Refusal.MessageNotFound.AsException(), CancellationToken.None);
        var root = await FoldThreadAsync(entry);
        if (!duplicate)
        {
            metrics.Changed(type);
            broadcaster.Broadcast(caller.Tenant, Viewer.Deliver(new(entry, folded, root)));
            if (!entry.Shadowed)
            {
                links.Offer(entry, folded);
            }
        }

        return new((await viewers.OfAsync(caller, CancellationToken.None)).Show(folded), entry.Seq);
    }

    /// <summary>What a shadow-banned user does to a message that others see, and sees alone. Deletions count for all, as do pins and the end of a poll: nothing of the user's is shown by them.</summary>
    private static bool Shadowable(string type) => type is EntryTypes.MessageEdited or EntryTypes.ReactionAdded or EntryTypes.ReactionRemoved or EntryTypes.PollVoted;

    /// <summary>
    /// A stored message with what it quotes, and the message that it replies to. Null: the store cannot be asked now. The message is stored all the same, and its sender is told so; the replicas find
    /// within 2 s that they were told nothing, and the projector counts the reply.
    /// </summary>
    private async Task<(Entry Entry, Entry? Root)?> ReadAroundAsync(Entry entry)
    {
        try
        {
            var root = await FoldThreadAsync(entry);
            return (await quotes.AttachAsync(entry, CancellationToken.None), root);
        }
        catch (StoreUnavailableException)
        {
            return null;
        }
    }

    /// <summary>The message whose replies an entry adds to or takes from, brought up to date; null: there is none.</summary>
    private async Task<Entry?> FoldThreadAsync(Entry entry) =>
        entry.Thread > 0 && await folder.FoldAsync(entry.Log, entry.Thread, CancellationToken.None) is { } root ? await quotes.AttachAsync(root, CancellationToken.None) : null;
}
